/*
 * wording.c - the tables of words (see wording.h).
 */
#include "engine/wording.h"

#include <string.h>

/* ---- words of English, in the order of their bytes ------------------------------------------------------------------ */

struct same {
    const char *word, *stands_for;
};

struct placed {
    const char *word;
    enum hl_axis axis;
    uint8_t pole;
};

/* Chosen so that a headline may have either without saying something else. What a stem stands for stands for itself. */
/* clang-format off */
static const struct same sames[] = {
    {"abduct", "kidnap"}, {"accord", "deal"}, {"acquir", "buy"}, {"afghan", "afghanistan"}, {"african", "africa"}, {"agreement", "deal"},
    {"aid", "help"}, {"aircraft", "plane"}, {"alleg", "suspect"}, {"america", "us"}, {"american", "us"}, {"appoint", "name"},
    {"argentin", "argentina"}, {"argentinian", "argentina"}, {"assist", "help"}, {"aug", "august"}, {"australian", "australia"},
    {"bangladeshi", "bangladesh"}, {"began", "start"}, {"begin", "start"}, {"begun", "start"}, {"blaze", "fire"}, {"boss", "chief"},
    {"bought", "buy"}, {"brazilian", "brazil"}, {"britain", "uk"}, {"british", "uk"}, {"canadian", "canada"}, {"captur", "seiz"},
    {"chines", "china"}, {"choos", "name"}, {"chose", "name"}, {"climb", "rise"}, {"close", "end"}, {"condemn", "slam"}, {"cop", "polic"},
    {"danish", "denmark"}, {"dead", "kill"}, {"death", "kill"}, {"dec", "decemb"}, {"declin", "fall"}, {"demonstr", "protest"},
    {"detain", "arrest"}, {"die", "kill"}, {"disclos", "reveal"}, {"drop", "fall"}, {"dutch", "netherland"}, {"earthquak", "quak"},
    {"egyptian", "egypt"}, {"endors", "back"}, {"europ", "eu"}, {"european", "eu"}, {"ex", "former"}, {"explos", "blast"},
    {"feb", "februari"}, {"fell", "fall"}, {"filipino", "philippin"}, {"finnish", "finland"}, {"freed", "free"}, {"french", "franc"},
    {"gain", "rise"}, {"german", "germani"}, {"gop", "republican"}, {"gov", "govern"}, {"govt", "govern"}, {"greek", "greec"},
    {"grew", "rise"}, {"grey", "gray"}, {"grow", "rise"}, {"head", "chief"}, {"hike", "rais"}, {"huge", "big"}, {"hungarian", "hungari"},
    {"hurt", "wound"}, {"imprison", "jail"}, {"increas", "rise"}, {"indian", "india"}, {"injur", "wound"}, {"injuri", "wound"},
    {"inquiri", "probe"}, {"investig", "probe"}, {"iranian", "iran"}, {"iraqi", "iraq"}, {"irish", "ireland"}, {"isra", "israel"},
    {"italian", "itali"}, {"jan", "januari"}, {"japanes", "japan"}, {"jet", "plane"}, {"jolt", "hit"}, {"jump", "rise"},
    {"kid", "children"}, {"korean", "korea"}, {"larg", "big"}, {"largest", "biggest"}, {"leader", "chief"}, {"lebanes", "lebanon"},
    {"libyan", "libya"}, {"lift", "boost"}, {"massiv", "big"}, {"mexican", "mexico"}, {"movi", "film"}, {"n", "north"}, {"negoti", "talk"},
    {"norwegian", "norway"}, {"nov", "novemb"}, {"oct", "octob"}, {"pact", "deal"}, {"pakistani", "pakistan"}, {"palestinian", "palestin"},
    {"pick", "name"}, {"pledg", "vow"}, {"polish", "poland"}, {"poll", "elect"}, {"portugues", "portug"}, {"postpon", "delay"},
    {"premier", "pm"}, {"prison", "jail"}, {"promis", "vow"}, {"purchas", "buy"}, {"ralli", "protest"}, {"reduc", "cut"},
    {"releas", "free"}, {"resign", "quit"}, {"rock", "hit"}, {"rose", "rise"}, {"row", "disput"}, {"russian", "russia"}, {"s", "south"},
    {"sank", "fall"}, {"save", "rescu"}, {"scottish", "scotland"}, {"scrap", "cancel"}, {"sept", "septemb"}, {"shake", "hit"},
    {"shook", "hit"}, {"shooter", "gunman"}, {"sink", "fall"}, {"slain", "kill"}, {"slash", "cut"}, {"slip", "fall"}, {"snatch", "steal"},
    {"soldier", "troop"}, {"spanish", "spain"}, {"stock", "share"}, {"stole", "steal"}, {"stolen", "steal"}, {"stop", "halt"},
    {"strike", "hit"}, {"struck", "hit"}, {"sudanes", "sudan"}, {"support", "back"}, {"suspend", "halt"}, {"swedish", "sweden"},
    {"swiss", "switzerland"}, {"syrian", "syria"}, {"thai", "thailand"}, {"truce", "ceasefir"}, {"tumbl", "fall"}, {"turkish", "turkey"},
    {"tv", "televis"}, {"ukrainian", "ukrain"}, {"unemploy", "jobless"}, {"unveil", "reveal"}, {"usa", "us"}, {"v", "versus"},
    {"vehicl", "car"}, {"victori", "win"}, {"vietnames", "vietnam"}, {"vote", "elect"}, {"vs", "versus"}, {"welsh", "wale"}, {"won", "win"},
    {"yemeni", "yemen"},
};

static const struct placed poles[] = {
    {"accept", HL_AXIS_CONSENT, 0}, {"acquit", HL_AXIS_LIBERTY, 0}, {"afternoon", HL_AXIS_HOUR, 1}, {"agre", HL_AXIS_CONSENT, 0},
    {"aliv", HL_AXIS_LIFE, 0}, {"allow", HL_AXIS_CONSENT, 0}, {"annual", HL_AXIS_PERIOD, 4}, {"approv", HL_AXIS_CONSENT, 0},
    {"april", HL_AXIS_MONTH, 3}, {"arrest", HL_AXIS_LIBERTY, 1}, {"arriv", HL_AXIS_PLACE, 0}, {"august", HL_AXIS_MONTH, 7},
    {"autumn", HL_AXIS_SEASON, 2}, {"back", HL_AXIS_CONSENT, 0}, {"bad", HL_AXIS_WORTH, 1}, {"ban", HL_AXIS_CONSENT, 1},
    {"bar", HL_AXIS_CONSENT, 1}, {"best", HL_AXIS_WORTH, 0}, {"better", HL_AXIS_WORTH, 0}, {"big", HL_AXIS_SIZE, 0},
    {"billion", HL_AXIS_SCALE, 5}, {"black", HL_AXIS_COLOUR, 0}, {"block", HL_AXIS_CONSENT, 1}, {"blue", HL_AXIS_COLOUR, 3},
    {"boost", HL_AXIS_TREND, 0}, {"born", HL_AXIS_LIFE, 0}, {"bottom", HL_AXIS_HEIGHT, 1}, {"boy", HL_AXIS_SEX, 0},
    {"brother", HL_AXIS_SEX, 0}, {"build", HL_AXIS_MAKING, 0}, {"buy", HL_AXIS_TRADE, 0}, {"ceasefir", HL_AXIS_PEACE, 0},
    {"central", HL_AXIS_WAY, 8}, {"charg", HL_AXIS_LIBERTY, 1}, {"clear", HL_AXIS_LIBERTY, 0}, {"come", HL_AXIS_PLACE, 0},
    {"confirm", HL_AXIS_CONSENT, 0}, {"congress", HL_AXIS_OFFICE, 4}, {"convict", HL_AXIS_LIBERTY, 1}, {"council", HL_AXIS_OFFICE, 11},
    {"court", HL_AXIS_OFFICE, 5}, {"creat", HL_AXIS_MAKING, 0}, {"cut", HL_AXIS_TREND, 1}, {"daili", HL_AXIS_PERIOD, 0},
    {"daughter", HL_AXIS_SEX, 1}, {"day", HL_AXIS_HOUR, 4}, {"decemb", HL_AXIS_MONTH, 11}, {"decreas", HL_AXIS_TREND, 1}, {"defeat", HL_AXIS_OUTCOME, 1},
    {"delay", HL_AXIS_HASTE, 1}, {"demolish", HL_AXIS_MAKING, 1}, {"deni", HL_AXIS_CONSENT, 1}, {"depart", HL_AXIS_PLACE, 1},
    {"destroy", HL_AXIS_MAKING, 1}, {"dismiss", HL_AXIS_POST, 1}, {"down", HL_AXIS_TREND, 1}, {"dozen", HL_AXIS_SCALE, 0},
    {"earli", HL_AXIS_HASTE, 0}, {"east", HL_AXIS_WAY, 2}, {"eastern", HL_AXIS_WAY, 2}, {"elder", HL_AXIS_AGE, 1},
    {"end", HL_AXIS_COURSE, 1}, {"enter", HL_AXIS_PLACE, 0}, {"even", HL_AXIS_HOUR, 2}, {"exit", HL_AXIS_PLACE, 1},
    {"expand", HL_AXIS_TREND, 0}, {"fail", HL_AXIS_CONSENT, 1}, {"failur", HL_AXIS_OUTCOME, 1}, {"fall", HL_AXIS_TREND, 1},
    {"father", HL_AXIS_SEX, 0}, {"februari", HL_AXIS_MONTH, 1}, {"femal", HL_AXIS_SEX, 1}, {"fewer", HL_AXIS_AMOUNT, 1},
    {"finish", HL_AXIS_COURSE, 1}, {"fire", HL_AXIS_POST, 1}, {"first", HL_AXIS_ORDER, 0}, {"free", HL_AXIS_LIBERTY, 0},
    {"friday", HL_AXIS_DAY, 4}, {"girl", HL_AXIS_SEX, 1}, {"go", HL_AXIS_PLACE, 1}, {"goe", HL_AXIS_PLACE, 1}, {"good", HL_AXIS_WORTH, 0},
    {"governor", HL_AXIS_OFFICE, 10}, {"green", HL_AXIS_COLOUR, 4}, {"guilti", HL_AXIS_LIBERTY, 1}, {"hail", HL_AXIS_CONSENT, 0},
    {"halt", HL_AXIS_COURSE, 1}, {"held", HL_AXIS_LIBERTY, 1}, {"high", HL_AXIS_HEIGHT, 0}, {"higher", HL_AXIS_TREND, 0},
    {"hire", HL_AXIS_POST, 0}, {"hold", HL_AXIS_LIBERTY, 1}, {"hundr", HL_AXIS_SCALE, 2}, {"husband", HL_AXIS_SEX, 0},
    {"innoc", HL_AXIS_LIBERTY, 0}, {"jail", HL_AXIS_LIBERTY, 1}, {"januari", HL_AXIS_MONTH, 0}, {"join", HL_AXIS_PLACE, 0},
    {"judg", HL_AXIS_OFFICE, 12}, {"juli", HL_AXIS_MONTH, 6}, {"june", HL_AXIS_MONTH, 5}, {"kill", HL_AXIS_LIFE, 1},
    {"king", HL_AXIS_OFFICE, 6}, {"last", HL_AXIS_ORDER, 1}, {"late", HL_AXIS_HASTE, 1}, {"least", HL_AXIS_AMOUNT, 1},
    {"leav", HL_AXIS_PLACE, 1}, {"left", HL_AXIS_PLACE, 1}, {"less", HL_AXIS_AMOUNT, 1}, {"littl", HL_AXIS_SIZE, 1},
    {"lose", HL_AXIS_OUTCOME, 1}, {"loss", HL_AXIS_OUTCOME, 1}, {"lost", HL_AXIS_OUTCOME, 1}, {"low", HL_AXIS_HEIGHT, 1},
    {"lower", HL_AXIS_TREND, 1}, {"male", HL_AXIS_SEX, 0}, {"man", HL_AXIS_SEX, 0}, {"march", HL_AXIS_MONTH, 2}, {"may", HL_AXIS_MONTH, 4},
    {"mayor", HL_AXIS_OFFICE, 9}, {"men", HL_AXIS_SEX, 0}, {"million", HL_AXIS_SCALE, 4}, {"minist", HL_AXIS_OFFICE, 1},
    {"monday", HL_AXIS_DAY, 0}, {"month", HL_AXIS_PERIOD, 2}, {"more", HL_AXIS_AMOUNT, 0}, {"morn", HL_AXIS_HOUR, 0},
    {"most", HL_AXIS_AMOUNT, 0}, {"mother", HL_AXIS_SEX, 1}, {"name", HL_AXIS_POST, 0}, {"new", HL_AXIS_AGE, 0}, {"next", HL_AXIS_ORDER, 2},
    {"night", HL_AXIS_HOUR, 3}, {"north", HL_AXIS_WAY, 0}, {"northeast", HL_AXIS_WAY, 4}, {"northeastern", HL_AXIS_WAY, 4},
    {"northern", HL_AXIS_WAY, 0}, {"northwest", HL_AXIS_WAY, 5}, {"northwestern", HL_AXIS_WAY, 5}, {"novemb", HL_AXIS_MONTH, 10},
    {"octob", HL_AXIS_MONTH, 9}, {"old", HL_AXIS_AGE, 1}, {"open", HL_AXIS_COURSE, 0}, {"oppos", HL_AXIS_CONSENT, 1},
    {"oust", HL_AXIS_POST, 1}, {"parliament", HL_AXIS_OFFICE, 2}, {"pass", HL_AXIS_CONSENT, 0}, {"peac", HL_AXIS_PEACE, 0},
    {"pm", HL_AXIS_OFFICE, 8}, {"prais", HL_AXIS_CONSENT, 0}, {"presid", HL_AXIS_OFFICE, 0}, {"quarter", HL_AXIS_PERIOD, 5},
    {"queen", HL_AXIS_OFFICE, 7}, {"quit", HL_AXIS_PLACE, 1}, {"rais", HL_AXIS_TREND, 0}, {"record", HL_AXIS_HEIGHT, 0},
    {"red", HL_AXIS_COLOUR, 2}, {"refus", HL_AXIS_CONSENT, 1}, {"reject", HL_AXIS_CONSENT, 1}, {"remain", HL_AXIS_PLACE, 0},
    {"remov", HL_AXIS_MAKING, 1}, {"reopen", HL_AXIS_COURSE, 0}, {"rescu", HL_AXIS_LIFE, 0}, {"restor", HL_AXIS_MAKING, 0},
    {"resum", HL_AXIS_COURSE, 0}, {"return", HL_AXIS_PLACE, 0}, {"rise", HL_AXIS_TREND, 0}, {"sack", HL_AXIS_POST, 1},
    {"saturday", HL_AXIS_DAY, 5}, {"score", HL_AXIS_SCALE, 1}, {"sell", HL_AXIS_TRADE, 1}, {"senat", HL_AXIS_OFFICE, 3},
    {"septemb", HL_AXIS_MONTH, 8}, {"shrink", HL_AXIS_TREND, 1}, {"shut", HL_AXIS_COURSE, 1}, {"sister", HL_AXIS_SEX, 1},
    {"slam", HL_AXIS_CONSENT, 1}, {"small", HL_AXIS_SIZE, 1}, {"sold", HL_AXIS_TRADE, 1}, {"son", HL_AXIS_SEX, 0},
    {"south", HL_AXIS_WAY, 1}, {"southeast", HL_AXIS_WAY, 6}, {"southeastern", HL_AXIS_WAY, 6}, {"southern", HL_AXIS_WAY, 1},
    {"southwest", HL_AXIS_WAY, 7}, {"southwestern", HL_AXIS_WAY, 7}, {"spring", HL_AXIS_SEASON, 0}, {"start", HL_AXIS_COURSE, 0},
    {"stay", HL_AXIS_PLACE, 0}, {"strengthen", HL_AXIS_TREND, 0}, {"succeed", HL_AXIS_OUTCOME, 0}, {"success", HL_AXIS_OUTCOME, 0},
    {"summer", HL_AXIS_SEASON, 1}, {"sunday", HL_AXIS_DAY, 6}, {"surviv", HL_AXIS_LIFE, 0}, {"taken", HL_AXIS_LIBERTY, 1},
    {"thousand", HL_AXIS_SCALE, 3}, {"thursday", HL_AXIS_DAY, 3}, {"time", HL_AXIS_HASTE, 0}, {"today", HL_AXIS_DAY, 7},
    {"tomorrow", HL_AXIS_DAY, 8}, {"top", HL_AXIS_HEIGHT, 0}, {"tuesday", HL_AXIS_DAY, 1}, {"up", HL_AXIS_TREND, 0},
    {"veto", HL_AXIS_CONSENT, 1}, {"war", HL_AXIS_PEACE, 1}, {"weaken", HL_AXIS_TREND, 1}, {"wednesday", HL_AXIS_DAY, 2},
    {"week", HL_AXIS_PERIOD, 1}, {"welcom", HL_AXIS_CONSENT, 0}, {"went", HL_AXIS_PLACE, 1}, {"west", HL_AXIS_WAY, 3},
    {"western", HL_AXIS_WAY, 3}, {"white", HL_AXIS_COLOUR, 1}, {"wife", HL_AXIS_SEX, 1}, {"win", HL_AXIS_OUTCOME, 0},
    {"winter", HL_AXIS_SEASON, 3}, {"woman", HL_AXIS_SEX, 1}, {"women", HL_AXIS_SEX, 1}, {"wors", HL_AXIS_WORTH, 1},
    {"worst", HL_AXIS_WORTH, 1}, {"year", HL_AXIS_PERIOD, 3}, {"yellow", HL_AXIS_COLOUR, 5}, {"yesterday", HL_AXIS_DAY, 9},
    {"young", HL_AXIS_AGE, 0},
    /* Russian */
    {"август", HL_AXIS_MONTH, 7}, {"апрел", HL_AXIS_MONTH, 3}, {"арестова", HL_AXIS_LIBERTY, 1}, {"больш", HL_AXIS_AMOUNT, 0},
    {"вернул", HL_AXIS_PLACE, 0}, {"вечер", HL_AXIS_HOUR, 2}, {"возобнов", HL_AXIS_COURSE, 0}, {"воскресен", HL_AXIS_DAY, 6},
    {"восток", HL_AXIS_WAY, 2}, {"восточн", HL_AXIS_WAY, 2}, {"вошел", HL_AXIS_PLACE, 0}, {"вошл", HL_AXIS_PLACE, 0},
    {"втор", HL_AXIS_ORDER, 3}, {"вторник", HL_AXIS_DAY, 1}, {"вчер", HL_AXIS_DAY, 9}, {"выж", HL_AXIS_LIFE, 0},
    {"выигра", HL_AXIS_OUTCOME, 0}, {"вырос", HL_AXIS_TREND, 0}, {"выросл", HL_AXIS_TREND, 0}, {"высок", HL_AXIS_HEIGHT, 0},
    {"вышел", HL_AXIS_PLACE, 1}, {"вышл", HL_AXIS_PLACE, 1}, {"декабр", HL_AXIS_MONTH, 11}, {"ден", HL_AXIS_HOUR, 4},
    {"десятк", HL_AXIS_SCALE, 0}, {"днем", HL_AXIS_HOUR, 4}, {"заверш", HL_AXIS_COURSE, 1}, {"завтр", HL_AXIS_DAY, 8},
    {"задержа", HL_AXIS_LIBERTY, 1}, {"законч", HL_AXIS_COURSE, 1}, {"закр", HL_AXIS_COURSE, 1}, {"закроют", HL_AXIS_COURSE, 1},
    {"закрыт", HL_AXIS_COURSE, 1}, {"запад", HL_AXIS_WAY, 3}, {"западн", HL_AXIS_WAY, 3}, {"запрет", HL_AXIS_CONSENT, 1},
    {"июл", HL_AXIS_MONTH, 6}, {"июн", HL_AXIS_MONTH, 5}, {"куп", HL_AXIS_TRADE, 0}, {"лучш", HL_AXIS_WORTH, 0}, {"ма", HL_AXIS_MONTH, 4},
    {"март", HL_AXIS_MONTH, 2}, {"меньш", HL_AXIS_AMOUNT, 1}, {"миллиард", HL_AXIS_SCALE, 5}, {"миллион", HL_AXIS_SCALE, 4},
    {"назнач", HL_AXIS_POST, 0}, {"нача", HL_AXIS_COURSE, 0}, {"начнет", HL_AXIS_COURSE, 0}, {"начнут", HL_AXIS_COURSE, 0},
    {"низк", HL_AXIS_HEIGHT, 1}, {"нов", HL_AXIS_AGE, 0}, {"ноч", HL_AXIS_HOUR, 3}, {"ноябр", HL_AXIS_MONTH, 10},
    {"обвин", HL_AXIS_LIBERTY, 1}, {"обыгра", HL_AXIS_OUTCOME, 0}, {"одобр", HL_AXIS_CONSENT, 0}, {"октябр", HL_AXIS_MONTH, 9},
    {"оправда", HL_AXIS_LIBERTY, 0}, {"опроверг", HL_AXIS_CONSENT, 1}, {"опровергл", HL_AXIS_CONSENT, 1}, {"освобод", HL_AXIS_LIBERTY, 0},
    {"останов", HL_AXIS_COURSE, 1}, {"осуд", HL_AXIS_CONSENT, 1}, {"отверг", HL_AXIS_CONSENT, 1}, {"отвергл", HL_AXIS_CONSENT, 1},
    {"отказа", HL_AXIS_CONSENT, 1}, {"отклон", HL_AXIS_CONSENT, 1}, {"откр", HL_AXIS_COURSE, 0}, {"откроют", HL_AXIS_COURSE, 0},
    {"открыт", HL_AXIS_COURSE, 0}, {"отпуст", HL_AXIS_LIBERTY, 0}, {"пада", HL_AXIS_TREND, 1}, {"паден", HL_AXIS_TREND, 1},
    {"перв", HL_AXIS_ORDER, 0}, {"побед", HL_AXIS_OUTCOME, 0}, {"повыс", HL_AXIS_TREND, 0}, {"погиб", HL_AXIS_LIFE, 1},
    {"погибл", HL_AXIS_LIFE, 1}, {"поддержа", HL_AXIS_CONSENT, 0}, {"подешевел", HL_AXIS_TREND, 1}, {"поднимут", HL_AXIS_TREND, 0},
    {"подня", HL_AXIS_TREND, 0}, {"подорожа", HL_AXIS_TREND, 0}, {"подтверд", HL_AXIS_CONSENT, 0}, {"покинул", HL_AXIS_PLACE, 1},
    {"понедельник", HL_AXIS_DAY, 0}, {"посад", HL_AXIS_LIBERTY, 1}, {"последн", HL_AXIS_ORDER, 1}, {"постро", HL_AXIS_MAKING, 0},
    {"прекрат", HL_AXIS_COURSE, 1}, {"приб", HL_AXIS_PLACE, 0}, {"приговор", HL_AXIS_LIBERTY, 1}, {"приеха", HL_AXIS_PLACE, 0},
    {"призна", HL_AXIS_CONSENT, 0}, {"приня", HL_AXIS_CONSENT, 0}, {"приостанов", HL_AXIS_COURSE, 1}, {"прода", HL_AXIS_TRADE, 1},
    {"продадут", HL_AXIS_TRADE, 1}, {"продаст", HL_AXIS_TRADE, 1}, {"проигра", HL_AXIS_OUTCOME, 1}, {"пятниц", HL_AXIS_DAY, 4},
    {"разреш", HL_AXIS_CONSENT, 0}, {"разрешат", HL_AXIS_CONSENT, 0}, {"разруш", HL_AXIS_MAKING, 1}, {"растет", HL_AXIS_TREND, 0},
    {"растут", HL_AXIS_TREND, 0}, {"рост", HL_AXIS_TREND, 0}, {"север", HL_AXIS_WAY, 0}, {"северн", HL_AXIS_WAY, 0},
    {"сегодн", HL_AXIS_DAY, 7}, {"сентябр", HL_AXIS_MONTH, 8}, {"сконча", HL_AXIS_LIFE, 1}, {"след", HL_AXIS_ORDER, 2},
    {"снес", HL_AXIS_MAKING, 1}, {"снесут", HL_AXIS_MAKING, 1}, {"снижен", HL_AXIS_TREND, 1}, {"сниз", HL_AXIS_TREND, 1},
    {"соглас", HL_AXIS_CONSENT, 0}, {"созда", HL_AXIS_MAKING, 0}, {"создадут", HL_AXIS_MAKING, 0}, {"создан", HL_AXIS_MAKING, 0},
    {"сократ", HL_AXIS_TREND, 1}, {"сотн", HL_AXIS_SCALE, 2}, {"спас", HL_AXIS_LIFE, 0}, {"спасл", HL_AXIS_LIFE, 0},
    {"сред", HL_AXIS_DAY, 2}, {"стар", HL_AXIS_AGE, 1}, {"стартова", HL_AXIS_COURSE, 0}, {"суббот", HL_AXIS_DAY, 5},
    {"трет", HL_AXIS_ORDER, 4}, {"тысяч", HL_AXIS_SCALE, 3}, {"уб", HL_AXIS_LIFE, 1}, {"увелич", HL_AXIS_TREND, 0},
    {"увол", HL_AXIS_POST, 1}, {"уеха", HL_AXIS_PLACE, 1}, {"улетел", HL_AXIS_PLACE, 1}, {"уменьш", HL_AXIS_TREND, 1},
    {"умер", HL_AXIS_LIFE, 1}, {"умерл", HL_AXIS_LIFE, 1}, {"уничтож", HL_AXIS_MAKING, 1}, {"упа", HL_AXIS_TREND, 1},
    {"уступ", HL_AXIS_OUTCOME, 1}, {"утр", HL_AXIS_HOUR, 0}, {"ушел", HL_AXIS_PLACE, 1}, {"ушл", HL_AXIS_PLACE, 1},
    {"феврал", HL_AXIS_MONTH, 1}, {"худш", HL_AXIS_WORTH, 1}, {"четверг", HL_AXIS_DAY, 3}, {"юг", HL_AXIS_WAY, 1}, {"южн", HL_AXIS_WAY, 1},
    {"январ", HL_AXIS_MONTH, 0},
};

static const struct same numbers[] = { /* in the order of their bytes as well */
    {"eight", "8"}, {"eighteen", "18"}, {"eighth", "8th"}, {"eleven", "11"}, {"fifteen", "15"}, {"fifth", "5th"}, {"first", "1st"},
    {"five", "5"}, {"four", "4"}, {"fourteen", "14"}, {"fourth", "4th"}, {"nine", "9"}, {"nineteen", "19"}, {"ninth", "9th"}, {"one", "1"},
    {"second", "2nd"}, {"seven", "7"}, {"seventeen", "17"}, {"seventh", "7th"}, {"six", "6"}, {"sixteen", "16"}, {"sixth", "6th"},
    {"ten", "10"}, {"tenth", "10th"}, {"third", "3rd"}, {"thirteen", "13"}, {"three", "3"}, {"twelve", "12"}, {"twenty", "20"},
    {"two", "2"}, {"zero", "0"},
};

static const struct same units[] = {
    {"b", "b"}, {"billion", "b"}, {"bn", "b"}, {"hundred", "h"}, {"k", "k"}, {"m", "m"}, {"milliarden", "b"}, {"million", "m"}, {"millionen", "m"},
    {"mio", "m"}, {"mln", "m"}, {"mn", "m"}, {"mrd", "b"}, {"t", "t"}, {"thousand", "k"}, {"tn", "t"}, {"trillion", "t"},
};
/* clang-format on */

/* As strcmp, of a text and a string; most words differ early. */
static int compare(struct hl_text word, const char *other)
{
    for (size_t i = 0; i < word.length; i++) {
        int order = (unsigned char)word.data[i] - (unsigned char)other[i]; /* ends at the NUL of a shorter one */
        if (order != 0)
            return order;
    }
    return other[word.length] == '\0' ? 0 : -1;
}

/* The row of a table whose rows of @row_bytes begin with a word; NULL when there is none. */
static const void *find(const void *rows, size_t count, size_t row_bytes, struct hl_text word)
{
    for (size_t low = 0, high = count; low < high;) {
        size_t middle = low + (high - low) / 2;
        const char *row = (const char *)rows + middle * row_bytes;
        const char *other;
        memcpy(&other, row, sizeof other);
        int order = compare(word, other);
        if (order == 0)
            return row;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

#define FIND(table, word) find(table, sizeof(table) / sizeof((table)[0]), sizeof((table)[0]), word)

static struct hl_text text_of(const char *text)
{
    return (struct hl_text){text, strlen(text)};
}

struct hl_text hl_wording_same(struct hl_text word)
{
    const struct same *row = FIND(sames, word);
    return row ? text_of(row->stands_for) : word;
}

struct hl_pole hl_wording_pole(struct hl_text word)
{
    const struct placed *row = FIND(poles, word);
    return row ? (struct hl_pole){row->axis, row->pole} : (struct hl_pole){HL_AXIS_NONE, 0};
}

struct hl_text hl_wording_number(struct hl_text word)
{
    const struct same *row = FIND(numbers, word);
    return row ? text_of(row->stands_for) : (struct hl_text){NULL, 0};
}

char hl_wording_unit(struct hl_text word)
{
    const struct same *row = FIND(units, word);
    return row ? row->stands_for[0] : '\0';
}

/* ---- words of all languages ----------------------------------------------------------------------------------------- */

static const char *const decorations[] = {
    "breaking", "update",   "updated",    "updates", "live",       "video",      "watch",   "exclusive",
    "photos",   "pictures", "latest",     "just",    "eilmeldung", "liveticker", "vídeo",   "vidéo",
    "direct",   "última",   "urgent",     "срочно",  "say",        "says",       "said",    "report",
    "reports",  "reported", "reportedly", "source",  "sources",    "statement",  "factbox", NULL};

static const char *const changers[] = {
    "former", "ex",    "deputy",     "vice",  "acting", "alleged",   "may",      "might",  "could",  "would",  "should",
    "almost", "half",  "partly",     "anti",  "pro",    "non",       "fake",     "no",     "un",     "again",  "second",
    "first",  "third", "north",      "south", "east",   "west",      "women",    "men",    "junior", "senior", "old",
    "new",    "more",  "less",       "up",    "down",   "denies",    "deny",     "fails",  "fail",   "if",     "why",
    "how",    "what",  "ehemaliger", "vize",  "fast",   "ancien",    "quase",    "casi",   "förra",  "ii",     "iii",
    "iv",     "vi",    "vii",        "viii",  "ix",     "projected", "expected", "likely", "poised", "plans",  NULL};

static const char *const directions[] = {
    "before", "after", "for",     "against", "from",   "to",    "with",   "without", "up",     "down",   "over",
    "under",  "above", "below",   "into",    "out",    "on",    "off",    "vor",     "nach",   "für",    "gegen",
    "von",    "zu",    "mit",     "ohne",    "bis",    "ab",    "avant",  "après",   "pour",   "contre", "avec",
    "sans",   "antes", "después", "tras",    "contra", "con",   "sin",    "depois",  "após",   "com",    "sem",
    "prima",  "dopo",  "per",     "contro",  "senza",  "voor",  "tegen",  "met",     "zonder", "före",   "efter",
    "mot",    "med",   "utan",    "до",      "после",  "за",    "против", "от",      "к",      "с",      "без",
    "more",   "less",  "most",    "least",   "first",  "last",  "he",     "she",     "his",    "her",    "all",
    "some",   "will",  "may",     "can",     "could",  "would", "was",    NULL};

static const char *const futures[] = {"to",      "will",     "may",    "might",     "could",  "set",   "plan", "plans",
                                      "planned", "expected", "likely", "projected", "poised", "brink", NULL};

static const char *const percents[] = {"percent", "pct", "pc", "prozent", "procent", NULL};

static const char *const ands[] = {"and", "und", "et", "y", "e", "и", "en", "och", NULL};

static bool is_one_of(struct hl_text word, const char *const *list)
{
    for (; *list; list++)
        if (word.data[0] == **list && compare(word, *list) == 0)
            return true;
    return false;
}

bool hl_wording_is_percent(struct hl_text word)
{
    return is_one_of(word, percents);
}

bool hl_wording_is_decoration(struct hl_text word)
{
    return is_one_of(word, decorations);
}

bool hl_wording_is_changer(struct hl_text word)
{
    return is_one_of(word, changers);
}

bool hl_wording_is_direction(struct hl_text word)
{
    return is_one_of(word, directions);
}

bool hl_wording_is_future(struct hl_text word)
{
    return is_one_of(word, futures);
}

bool hl_wording_is_and(struct hl_text word)
{
    return is_one_of(word, ands);
}
