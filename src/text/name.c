/*
 * name.c - which of the words that the background tables know are names: written by hand, since a table of lower-case words cannot
 * tell "ukraine" from "protest", and capitals cannot either in a title where every word has one.
 */
#include "text/text.h"

#include <string.h>

#define ENDING_MAX 2 /* bytes that a stemmer takes from a name at most... */
#define STEM_MIN 4   /* ...of which it leaves this many */

/* Folded, in order of their bytes. */
static const char *const names[] = {
    "afghanistan",    "africa",      "afrique",     "ajax",        "alemanha",      "alemania",    "algérie",
    "allemagne",      "american",    "americano",   "amerikaanse", "amerikanische", "amerikanska", "amsterdam",
    "américain",      "angola",      "antwerpen",   "argentina",   "australia",     "barcelona",   "belgique",
    "belgische",      "belgië",      "benfica",     "berlin",      "biden",         "bologna",     "bolsonaro",
    "bordeaux",       "brasil",      "brasília",    "british",     "brussel",       "canada",      "cataluña",
    "chile",          "china",       "chine",       "chinese",     "chinesische",   "chino",       "chinois",
    "chinês",         "cina",        "cinese",      "colombia",    "cuba",          "danmark",     "deutschland",
    "duitsland",      "egypt",       "engeland",    "espagne",     "espanha",       "españa",      "estadounidense",
    "europa",         "europe",      "european",    "finland",     "firenze",       "flamengo",    "france",
    "francia",        "frankfurt",   "frankreich",  "frankrijk",   "frankrike",     "frança",      "gaza",
    "germania",       "germany",     "giappone",    "göteborg",    "hamburg",       "inde",        "india",
    "indian",         "indien",      "inghilterra", "irak",        "iran",          "iranian",     "iraq",
    "irán",           "irã",         "isis",        "israel",      "israele",       "israelense",  "israeli",
    "israeliano",     "israelische", "israeliska",  "israelí",     "israélien",     "israël",      "israëlische",
    "italia",         "italie",      "italien",     "italië",      "japan",         "japon",       "japão",
    "japón",          "juventus",    "kina",        "kinesiska",   "korea",         "köln",        "libia",
    "lisboa",         "london",      "lula",        "lyon",        "macron",        "madrid",      "malmö",
    "maroc",          "marseille",   "meloni",      "merkel",      "milan",         "milano",      "moskva",
    "moçambique",     "méxico",      "münchen",     "napoli",      "nato",          "nederland",   "nederlandse",
    "norge",          "obama",       "oekraïense",  "oekraïne",    "pakistan",      "palermo",     "palestinian",
    "paris",          "perú",        "portugal",    "poutine",     "putin",         "roma",        "rotterdam",
    "rusia",          "rusland",     "ruso",        "russe",       "russia",        "russian",     "russie",
    "russische",      "russischen",  "russland",    "russo",       "ryska",         "ryssland",    "rússia",
    "salvini",        "schweiz",     "siria",       "spagna",      "spanien",       "spanje",      "stockholm",
    "storbritannien", "svensk",      "svenska",     "sverige",     "syria",         "syrian",      "syrie",
    "syrien",         "syrië",       "sánchez",     "síria",       "taliban",       "torino",      "toulouse",
    "trump",          "tunisie",     "turkey",      "turkiet",     "turkije",       "tyskland",    "türkei",
    "ucraina",        "ucraino",     "ucrania",     "ucraniano",   "ucrânia",       "ukraina",     "ukraine",
    "ukrainien",      "ukrainische", "ukrainska",   "uppsala",     "utrecht",       "venezuela",   "washington",
    "österreich",     "байден",      "германии",    "европа",      "европы",        "зеленский",   "израиль",
    "иран",           "киев",        "китай",       "москва",      "москве",        "москвы",      "путин",
    "путина",         "россии",      "россия",      "сирии",       "сирия",         "сша",         "трамп",
    "украина",        "украине",     "украины",
};

/*
 * English words with a capital that name nobody: days, months, offices and parties that are in the news every day, what editors put before a
 * title. Folded, in order of their bytes.
 */
static const char *const titles[] = {
    "ai",      "analysis",  "apr",       "april",    "aug",    "august",   "best",      "breaking",   "ceo",
    "ceos",    "cfo",       "congress",  "court",    "dec",    "december", "democrat",  "democratic", "democrats",
    "dems",    "exclusive", "feb",       "february", "first",  "friday",   "gop",       "gov",        "governor",
    "how",     "jan",       "january",   "july",     "june",   "last",     "lawmakers", "live",       "march",
    "mayor",   "minister",  "monday",    "new",      "news",   "nov",      "november",  "oct",        "october",
    "opinion", "photos",    "president", "rep",      "report", "reports",  "reps",      "republican", "republicans",
    "review",  "saturday",  "secretary", "sen",      "senate", "senator",  "senators",  "sept",       "september",
    "sunday",  "supreme",   "thursday",  "today",    "top",    "tuesday",  "update",    "updates",    "video",
    "watch",   "wednesday", "what",      "when",     "who",    "why",
};

/* The first of @table that does not come before @stem. */
static size_t seek(const char *const *table, size_t count, const char *stem, size_t length)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strncmp(table[middle], stem, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_in(const char *const *table, size_t count, const char *stem, size_t stem_length)
{
    for (size_t i = seek(table, count, stem, stem_length); i < count; i++) {
        if (strncmp(table[i], stem, stem_length) != 0)
            return false;
        size_t ending = strlen(table[i] + stem_length);
        if (ending == 0 || (ending <= ENDING_MAX && stem_length >= STEM_MIN))
            return true;
    }
    return false;
}

bool hl_background_is_name(const char *stem, size_t stem_length)
{
    return is_in(names, sizeof names / sizeof names[0], stem, stem_length);
}

bool hl_background_is_title(const char *stem, size_t stem_length)
{
    return is_in(titles, sizeof titles / sizeof titles[0], stem, stem_length);
}
