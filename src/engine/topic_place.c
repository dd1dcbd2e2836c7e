/*
 * topic_place.c - votes through the postings of a story's anchors, then a close look at the few best.
 */
#include "engine/topic_place.h"

#include "core/maths.h"
#include "engine/posting.h"
#include "engine/topic.h"
#include "engine/topic_anchor.h"

#include <string.h>

#define VOTERS_MAX 6     /* strongest anchors whose postings are read */
#define VOTES_OF_WORD 16 /* latest stories with a word that it votes for */
#define SLOTS 256U       /* twice what they can bring */
#define CANDIDATES_MAX 17
#define VOTE_MIN 0.25         /* weaker anchors do not vote: alone they bring nobody together */
#define YOUNG_STORIES 200     /* of a stream, up to which a story without a topic may be found by one name */
#define LONER_VOTES_MIN 0.7   /* of the threshold: with fewer, what does not vote cannot make up for it... */
#define TOPIC_VOTES_MIN 0.4   /* ...in a topic, which may own a common name, it can */
#define SECOND_MIN 0.1        /* what a second word must bring before two words count as two */
#define TOLD_CHARACTERS 0.4   /* of a character pair beside another */
#define VARIANT_WORTH 0.5     /* of a name that is the beginning of another */
#define MORE_FROM 0.35        /* of what is needed; with less nothing else helps */
#define VARIANT_NAME_MIN 0.5  /* how much like names both must be */
#define VARIANT_STORIES 16    /* larger topics know both spellings */
#define OWNER_STORIES 3       /* smaller topics own no words */
#define SINGLE_SHARE 0.5      /* of the stories with a single name that must be in the topic */
#define SECOND_SHARE 0.33     /* of the topic that must have another name in common */
#define OTHER_NAME_MIN 0.7    /* what must have been seen as a name to be one of its own */
#define NAME_MIN 0.6          /* what is a name for that */
#define STAY_FACTOR 0.7       /* of what joining needs is enough to stay... */
#define STAY_BONUS 1.2        /* ...and how much better another topic must be */
#define MERGE_MORE 0.15       /* what a merge of topics needs beyond what a story needs... */
#define MERGE_SHARE 0.5       /* ...or this share of what both are about... */
#define MERGE_SECOND_MIN 0.25 /* ...not in one word alone */
#define CORE_MIN 0.3          /* belonging from which a word is at the core of a topic */
#define MERGE_ALWAYS 6        /* stories up to which a topic looks for another at every join; then at every doubling */
#define GATHER_ALWAYS 4       /* stories up to which a topic looks for stories that came before it, at every doubling */
#define GATHER_WORDS 3
#define GATHER_LOOKS 6
#define LONER (UINT64_C(1) << 32) /* marks the key of a story without a topic */

_Static_assert(SLOTS >= 2 * VOTERS_MAX * VOTES_OF_WORD, "the table stays at most half full");

struct slot {
    uint64_t key;
    double votes;
    uint16_t voter;  /* the last, counted from 1; 0: the slot is empty */
    uint16_t voters; /* words that voted for it */
};

struct ballot {
    uint32_t count;
    uint32_t mask;               /* of the slots in use, a power of two less one */
    uint16_t touched[SLOTS / 2]; /* slots in the order of their first vote */
    struct slot slots[SLOTS];
};

/* A topic, or a story without one, that the story may share its matter with. */
struct candidate {
    uint64_t key;
    double votes;
};

/* The story that a topic is looked for. */
struct newcomer {
    uint32_t story;
    uint32_t count; /* of its words, those that most of its headlines hold; or only its anchors */
    uint32_t word[HL_WORDS_MAX];
    double strength[HL_WORDS_MAX]; /* below 0: not known yet */
    double rarest;                 /* hl_anchor_rarest() */
};

/* What a story is compared with: a topic, or a single story seen as one. */
struct matter {
    struct hl_topic_terms terms;
    uint32_t topic; /* HL_NONE: a single story */
    uint32_t stories;
    int64_t first_ms, last_ms;
    const struct hl_story_record *without; /* a story of it that is left out, or NULL */
};

struct fit {
    double total;  /* anchors in common */
    double second; /* what all but the strongest word bring */
    double best;
    uint32_t best_word;
};

/* ---- votes ---- */

static void vote(struct ballot *b, uint64_t key, uint32_t voter, double strength)
{
    uint32_t at = (uint32_t)((key * 0x9e3779b97f4a7c15ULL) >> 40) & b->mask;
    while (b->slots[at].voter != 0 && b->slots[at].key != key)
        at = (at + 1) & b->mask;
    struct slot *slot = &b->slots[at];
    if (slot->voter == 0) {
        *slot = (struct slot){key, 0, 0, 0};
        b->touched[b->count++] = (uint16_t)at;
    }
    if (slot->voter == voter)
        return; /* a word counts once for a topic, however many of its stories hold it */
    slot->votes += strength;
    slot->voter = (uint16_t)voter;
    slot->voters++;
}

/* The strongest anchors' positions, at most VOTERS_MAX. */
static uint32_t choose_voters(const struct hl_collection *c, const struct hl_anchors *a, uint32_t *chosen)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        if (a->strength[i] < VOTE_MIN || hl_word_at(c, a->word[i])->posting_count < 2)
            continue; /* weak, or no other story has it */
        uint32_t at = count < VOTERS_MAX ? count++ : VOTERS_MAX;
        while (at > 0 && a->strength[chosen[at - 1]] < a->strength[i]) {
            if (at < VOTERS_MAX)
                chosen[at] = chosen[at - 1];
            at--;
        }
        if (at < VOTERS_MAX)
            chosen[at] = i;
    }
    return count;
}

/* Only as many slots as the voters' postings need are cleared and used. */
static void ballot_start(struct ballot *b, uint32_t postings)
{
    uint32_t slots = 2;
    while (slots < 2 * postings)
        slots *= 2;
    b->count = 0;
    b->mask = slots - 1;
    memset(b->slots, 0, slots * sizeof b->slots[0]);
}

/* False when all votes together are too few for anybody. */
static bool collect_votes(const struct hl_collection *c, uint32_t story, const struct hl_anchors *a, struct ballot *b)
{
    uint32_t chosen[VOTERS_MAX], postings = 0;
    uint32_t count = choose_voters(c, a, chosen);
    double all = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t held = hl_word_at(c, a->word[chosen[i]])->posting_count;
        postings += held < VOTES_OF_WORD ? held : VOTES_OF_WORD;
        all += a->strength[chosen[i]];
    }
    if (all < TOPIC_VOTES_MIN * c->settings.topic_threshold)
        return false;
    ballot_start(b, postings);
    for (uint32_t i = 0; i < count; i++) {
        struct hl_postings list = hl_postings_of(hl_word_at(c, a->word[chosen[i]]));
        uint32_t end = list.count > VOTES_OF_WORD ? list.count - VOTES_OF_WORD : 0;
        for (uint32_t j = list.count; j > end; j--) {
            uint32_t other = list.story[j - 1], topic = hl_story_at(c, other)->topic;
            if (other != story)
                vote(b, topic == HL_NONE ? other | LONER : topic, i + 1, a->strength[chosen[i]]);
        }
    }
    return true;
}

/*
 * False for most of those that share one name only: a story without a topic needs two, unless the stream is so young that the other may be known in
 * another form only; and a topic does, unless the name is the newcomer's only one.
 */
static bool may_fit(const struct hl_collection *c, const struct slot *slot, uint32_t names)
{
    bool loner = (slot->key & LONER) != 0;
    if (slot->votes < (loner ? LONER_VOTES_MIN : TOPIC_VOTES_MIN) * c->settings.topic_threshold)
        return false;
    return slot->voters > 1 || (loner ? c->size < YOUNG_STORIES * HL_DF_ONE : names < 2);
}

/* The candidates with most votes, best first; of equal ones that which was met first, the younger. */
static uint32_t pick(const struct hl_collection *c, const struct ballot *b, uint32_t names, struct candidate *out)
{
    uint32_t wanted = (uint32_t)c->settings.topic_candidates, count = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct slot *slot = &b->slots[b->touched[i]];
        if (!may_fit(c, slot, names))
            continue;
        uint32_t at = count < wanted ? count++ : wanted;
        while (at > 0 && out[at - 1].votes < slot->votes) {
            if (at < wanted)
                out[at] = out[at - 1];
            at--;
        }
        if (at < wanted)
            out[at] = (struct candidate){slot->key, slot->votes};
    }
    return count;
}

/* How many words the story has that were seen as names. */
static uint32_t count_names(const struct hl_collection *c, const struct hl_anchors *a)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->count; i++)
        count += hl_anchor_name(hl_word_at(c, a->word[i])) >= OTHER_NAME_MIN;
    return count;
}

/* ---- how well a story fits ---- */

static struct matter matter_of(const struct hl_collection *c, uint32_t topic, const struct hl_story_record *without)
{
    const struct hl_topic_record *t = hl_topic_at(c, topic);
    return (struct matter){hl_topic_terms(t), topic, t->stories - (without != NULL), t->first_ms, t->last_ms, without};
}

static uint32_t stories_with(const struct matter *m, uint32_t word)
{
    uint32_t stories = hl_topic_stories_with(&m->terms, word);
    for (uint32_t i = 0; m->without && i < m->without->anchor_count; i++)
        stories -= m->without->anchors[i] == word;
    return stories;
}

/* How much a word belongs to a matter: fully when more than half of the stories have it; a single one of two is no majority. */
static double belonging(uint32_t with, uint32_t stories)
{
    if (stories <= 1)
        return with;
    double share = (with - 0.5) / (0.5 * stories);
    return with == 0 ? 0 : share < 1 ? share : 1;
}

static bool has_word(const struct newcomer *n, uint32_t word)
{
    for (uint32_t i = 0; i < n->count; i++)
        if (n->word[i] == word)
            return true;
    return false;
}

/*
 * What another form of the name ("iranian" of "iran") brings, where the word itself is not known. A form that the story has too is the same
 * name told again.
 */
static double variant_belonging(const struct hl_collection *c, const struct newcomer *n, const struct matter *m,
                                uint32_t word)
{
    const struct hl_word_record *name = hl_word_at(c, word);
    double best = 0;
    if (m->stories > VARIANT_STORIES || hl_anchor_name(name) < VARIANT_NAME_MIN)
        return 0;
    for (uint32_t i = 0; i < m->terms.count; i++) {
        const struct hl_word_record *other = hl_word_at(c, m->terms.word[i]);
        if (!hl_anchor_is_variant(name, other) || hl_anchor_name(other) < VARIANT_NAME_MIN ||
            has_word(n, m->terms.word[i]))
            continue;
        double share = belonging(stories_with(m, m->terms.word[i]), m->stories);
        best = share > best ? share : best;
    }
    return VARIANT_WORTH * best;
}

/* Where the latest stories with a word are, one of them aside. */
struct ownership {
    uint32_t inside;  /* in the topic, or in the other one that is thought of with it */
    uint32_t outside; /* in other topics */
    uint32_t alone;   /* in none */
};

static struct ownership ownership(const struct hl_collection *c, uint32_t word, uint32_t topic, uint32_t other,
                                  uint32_t story)
{
    struct hl_postings list = hl_postings_of(hl_word_at(c, word));
    struct ownership o = {0, 0, 0};
    for (uint32_t i = 0; i < list.count; i++) {
        uint32_t of = hl_story_at(c, list.story[i])->topic;
        if (list.story[i] == story)
            continue;
        o.inside += of == topic || (of == other && of != HL_NONE);
        o.outside += of != topic && of != other && of != HL_NONE;
        o.alone += of == HL_NONE;
    }
    return o;
}

/* A word that mostly stands for a topic, or two, counts as a rare one, however often that is. */
static double owned_strength(const struct hl_collection *c, uint32_t word, struct ownership o, double strength)
{
    if (strength <= 0 || o.inside < OWNER_STORIES)
        return strength;
    double owned = hl_anchor_kind(c, word) * o.inside / (o.inside + o.outside);
    return owned > strength ? owned : strength;
}

/* What a word brings that the story shares with a matter. */
struct share {
    double brings;
    uint32_t word;
    bool exact; /* the word itself, not another form of it */
    bool told;  /* part of the same name as a stronger one */
};

/* Found only for words that a matter knows: most know none. */
static double strength_of(const struct hl_collection *c, const struct newcomer *n, uint32_t i)
{
    return n->strength[i] >= 0 ? n->strength[i] : hl_anchor_strength(c, n->word[i], n->rarest);
}

static uint32_t list_shares(const struct hl_collection *c, const struct newcomer *n, const struct matter *m, bool owned,
                            struct share *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < n->count && count < HL_ANCHORS_MAX; i++) {
        uint32_t word = n->word[i], with = stories_with(m, word);
        double strength = with > 0 ? strength_of(c, n, i) : 0;
        if (strength <= 0)
            continue;
        if (owned)
            strength = owned_strength(c, word, ownership(c, word, m->topic, HL_NONE, n->story), strength);
        out[count++] = (struct share){strength * belonging(with, m->stories), word, true, false};
    }
    return count;
}

/* Appends other forms of names that the matter knows. */
static uint32_t list_variants(const struct hl_collection *c, const struct newcomer *n, const struct matter *m,
                              struct share *out, uint32_t count)
{
    for (uint32_t i = 0; i < n->count && count < HL_ANCHORS_MAX; i++) {
        uint32_t word = n->word[i];
        double belongs = stories_with(m, word) > 0 ? 0 : variant_belonging(c, n, m, word);
        if (belongs > 0)
            out[count++] = (struct share){strength_of(c, n, i) * belongs, word, false, false};
    }
    return count;
}

/* Words of one name ("White House") count as the strongest of them. */
static void join_names(const struct hl_collection *c, struct share *shares, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < i; j++)
            if (hl_anchors_are_phrase(c, shares[i].word, shares[j].word))
                shares[shares[i].brings > shares[j].brings ? j : i].told = true;
}

/* Part of a name adds nothing to it, but the longer a run of characters is, the more of a name it is. */
static double told_worth(const struct hl_collection *c, uint32_t word)
{
    return hl_word_at(c, word)->kind == HL_WORD_CHARACTERS ? TOLD_CHARACTERS : 0;
}

static struct fit add_up(const struct hl_collection *c, struct share *shares, uint32_t count)
{
    struct fit fit = {0, 0, 0, HL_NONE};
    join_names(c, shares, count);
    for (uint32_t i = 0; i < count; i++) {
        if (shares[i].told) {
            fit.total += told_worth(c, shares[i].word) * shares[i].brings;
            continue;
        }
        fit.total += shares[i].brings;
        if (shares[i].brings > fit.best) {
            fit.best = shares[i].brings;
            fit.best_word = shares[i].exact ? shares[i].word : HL_NONE;
        }
    }
    fit.second = fit.total - fit.best;
    return fit;
}

static double sum_of(const struct share *shares, uint32_t count)
{
    double sum = 0;
    for (uint32_t i = 0; i < count; i++)
        sum += shares[i].brings;
    return sum;
}

/*
 * What words alone bring, and only where that is too little, but not by far, what they bring for being the topic's own, and other forms of names. Which of
 * them are one name is looked at last: it costs most.
 */
static struct fit fit_of(const struct hl_collection *c, const struct newcomer *n, const struct matter *m, double need)
{
    static const struct fit none = {0, 0, 0, HL_NONE};
    struct share shares[HL_ANCHORS_MAX];
    uint32_t count = list_shares(c, n, m, false, shares);
    double sum = sum_of(shares, count);
    if (sum < need * MORE_FROM || (m->topic == HL_NONE && sum < need - VARIANT_WORTH))
        return none;
    struct fit fit = {sum, 0, 0, HL_NONE};
    if (sum >= need)
        fit = add_up(c, shares, count);
    if (fit.total >= need)
        return fit;
    if (m->topic != HL_NONE)
        count = list_shares(c, n, m, true, shares);
    count = list_variants(c, n, m, shares, count);
    return m->topic == HL_NONE && sum_of(shares, count) < need ? none : add_up(c, shares, count);
}

static double need_of(const struct hl_collection *c, uint32_t stories)
{
    return c->settings.topic_threshold + (stories > 1 ? c->settings.topic_growth * hl_log2(stories) : 0);
}

/* True when the topic would still have a second name in common with a story more that brings @word alone. */
static bool keeps_second(const struct hl_collection *c, const struct matter *m, uint32_t word)
{
    for (uint32_t i = 0; i < m->terms.count; i++) {
        uint32_t other = m->terms.word[i];
        if (other != word && m->terms.stories[i] >= SECOND_SHARE * (m->stories + 1) &&
            hl_anchor_name(hl_word_at(c, other)) >= NAME_MIN && !hl_anchors_are_phrase(c, word, other))
            return true;
    }
    return false;
}

/* True when the story knows another name, which the topic does not: then it may be about that. */
static bool has_other_name(const struct hl_collection *c, const struct newcomer *n, const struct matter *m,
                           uint32_t word)
{
    for (uint32_t i = 0; i < n->count; i++) {
        uint32_t other = n->word[i];
        if (other != word && hl_anchor_name(hl_word_at(c, other)) >= OTHER_NAME_MIN && stories_with(m, other) == 0 &&
            !hl_anchors_are_phrase(c, word, other))
            return true;
    }
    return false;
}

/*
 * How much better the story fits than it must: 1 is just enough, 0 not at all. Two words at least; or one name that stands for this topic alone,
 * while such stories are few.
 */
static double fitness(const struct hl_collection *c, const struct newcomer *n, const struct matter *m, double factor)
{
    const struct hl_story_record *s = hl_story_at(c, n->story);
    double fading =
        hl_half_life(c->settings.topic_half_life_s, hl_gap_between(s->first_ms, s->last_ms, m->first_ms, m->last_ms));
    double need = need_of(c, m->stories) * factor / fading;
    struct fit fit = fit_of(c, n, m, need);
    double excess = fit.total / need;
    if (excess >= 1 && fit.second >= SECOND_MIN)
        return excess;
    if (m->stories < 2 || fit.best_word == HL_NONE || fit.best * fading < c->settings.topic_single * factor)
        return 0;
    struct ownership o = ownership(c, fit.best_word, m->topic, HL_NONE, n->story);
    bool stands_for = o.inside > 0 && o.inside >= SINGLE_SHARE * (o.inside + o.outside + o.alone);
    return stands_for && keeps_second(c, m, fit.best_word) && !has_other_name(c, n, m, fit.best_word) ? 1 : 0;
}

static double fitness_in_topic(const struct hl_collection *c, const struct newcomer *n, uint32_t topic)
{
    const struct hl_story_record *s = hl_story_at(c, n->story);
    bool own = s->topic == topic;
    struct matter m = matter_of(c, topic, own ? s : NULL);
    if (m.stories == 0 || (!own && m.stories >= HL_TOPIC_STORIES_MAX))
        return 0;
    double excess = fitness(c, n, &m, own ? STAY_FACTOR : 1);
    return own ? excess * STAY_BONUS : excess;
}

static double fitness_with_story(const struct hl_collection *c, const struct newcomer *n, uint32_t other)
{
    uint32_t words[HL_WORDS_MAX];
    uint16_t ones[HL_WORDS_MAX];
    const struct hl_story_record *o = hl_story_at(c, other);
    uint32_t count = hl_anchor_words(c, other, words);
    for (uint32_t i = 0; i < count; i++)
        ones[i] = 1;
    struct matter m = {{count, words, ones}, HL_NONE, 1, o->first_ms, o->last_ms, NULL};
    return fitness(c, n, &m, 1);
}

static void newcomer_read(const struct hl_collection *c, uint32_t story, double rarest, struct newcomer *n)
{
    n->story = story;
    n->rarest = rarest;
    n->count = hl_anchor_words(c, story, n->word);
    for (uint32_t i = 0; i < n->count; i++)
        n->strength[i] = -1;
}

/* ---- what a grown topic does ---- */

static bool join(struct hl_collection *c, uint32_t topic, uint32_t story, const struct hl_anchors *a)
{
    if (hl_topic_join(c, topic, story, a->word, a->count) == HL_OK)
        return true;
    c->tallies.skipped_no_memory++;
    return false;
}

/* The same of a story whose anchors are still to be chosen. */
static bool choose_and_join(struct hl_collection *c, uint32_t topic, const struct newcomer *n)
{
    struct hl_anchors anchors;
    hl_anchors_choose(c, n->word, n->count, n->rarest, &anchors);
    return join(c, topic, n->story, &anchors);
}

/* The words that most of the topic's stories have, the strongest first. */
static uint32_t core_words(const struct hl_collection *c, uint32_t topic, double rarest, uint32_t *out)
{
    struct hl_topic_terms terms = hl_topic_terms(hl_topic_at(c, topic));
    struct hl_anchors best = {.count = 0};
    uint32_t stories = hl_topic_at(c, topic)->stories;
    for (uint32_t i = 0; i < terms.count; i++)
        if (terms.stories[i] >= 2 && belonging(terms.stories[i], stories) >= 1)
            hl_anchors_offer(&best, terms.word[i], hl_anchor_strength(c, terms.word[i], rarest));
    uint32_t count = best.count < GATHER_WORDS ? best.count : GATHER_WORDS;
    memcpy(out, best.word, count * sizeof *out);
    return count;
}

/* Takes in stories without a topic that came before the topic was there, or was what it is. */
static void gather(struct hl_collection *c, uint32_t topic, double rarest)
{
    uint32_t words[GATHER_WORDS], looks = 0;
    uint32_t count = core_words(c, topic, rarest, words);
    for (uint32_t i = 0; i < count; i++) {
        struct hl_postings list = hl_postings_of(hl_word_at(c, words[i]));
        for (uint32_t j = list.count; j > 0 && looks < GATHER_LOOKS; j--) {
            uint32_t story = list.story[j - 1];
            if (hl_story_at(c, story)->topic != HL_NONE)
                continue;
            struct newcomer n;
            newcomer_read(c, story, rarest, &n);
            looks++;
            if (fitness_in_topic(c, &n, topic) >= 1)
                choose_and_join(c, topic, &n);
        }
    }
}

/* How much of a topic a word that several of its stories have is; 0 for what is not at its core. */
static double core_share(const struct hl_topic_record *t, uint32_t stories)
{
    double share = stories < 2 ? 0 : belonging(stories, t->stories);
    return share >= CORE_MIN ? share : 0;
}

/* The same of another form of a name that is not at the core of @t itself. */
static double variant_core(const struct hl_collection *c, const struct hl_topic_record *t, uint32_t word)
{
    const struct hl_word_record *name = hl_word_at(c, word);
    struct hl_topic_terms terms = hl_topic_terms(t);
    double best = 0;
    if (hl_anchor_name(name) < VARIANT_NAME_MIN)
        return 0;
    for (uint32_t i = 0; i < terms.count; i++) {
        double share = core_share(t, terms.stories[i]);
        if (share > best && hl_anchor_is_variant(name, hl_word_at(c, terms.word[i])))
            best = share;
    }
    return best;
}

/* What two topics have in common: the words at the core of both, and what each has of its own. */
struct overlap {
    double common, best; /* of it the strongest word */
    double all;
};

static struct overlap overlap_of(const struct hl_collection *c, uint32_t a, uint32_t b, double rarest)
{
    const struct hl_topic_record *s = hl_topic_at(c, a), *l = hl_topic_at(c, b);
    struct hl_topic_terms mine = hl_topic_terms(s), theirs = hl_topic_terms(l);
    struct overlap o = {0, 0, 0};
    for (uint32_t i = 0; i < mine.count; i++) {
        double share = core_share(s, mine.stories[i]);
        if (share <= 0)
            continue;
        double other = core_share(l, hl_topic_stories_with(&theirs, mine.word[i]));
        if (other <= 0)
            other = VARIANT_WORTH * variant_core(c, l, mine.word[i]);
        double strength = owned_strength(c, mine.word[i], ownership(c, mine.word[i], a, b, HL_NONE),
                                         hl_anchor_strength(c, mine.word[i], rarest));
        double brings = strength * (share < other ? share : other);
        o.common += brings;
        o.best = brings > o.best ? brings : o.best;
        o.all += strength * (share > other ? share : other);
    }
    for (uint32_t i = 0; i < theirs.count; i++) {
        double share = core_share(l, theirs.stories[i]);
        if (share > 0 && core_share(s, hl_topic_stories_with(&mine, theirs.word[i])) <= 0)
            o.all += share * hl_anchor_strength(c, theirs.word[i], rarest);
    }
    return o;
}

/*
 * How much better two topics fit together than they must: they have as much in common as a story and its topic, and a little more; or most
 * of what either is about.
 */
static double merge_fitness(const struct hl_collection *c, uint32_t a, uint32_t b, double rarest)
{
    const struct hl_topic_record *s = hl_topic_at(c, a), *l = hl_topic_at(c, b);
    if (s->stories + l->stories > HL_TOPIC_STORIES_MAX)
        return 0;
    struct overlap o = overlap_of(c, a, b, rarest);
    double fading =
        hl_half_life(c->settings.topic_half_life_s, hl_gap_between(s->first_ms, s->last_ms, l->first_ms, l->last_ms));
    if (o.common - o.best < MERGE_SECOND_MIN)
        return 0;
    uint32_t smaller = s->stories < l->stories ? s->stories : l->stories;
    double by_names = o.common * fading / (need_of(c, smaller) + MERGE_MORE);
    double by_share = o.common * fading / (MERGE_SHARE * o.all);
    return by_names > by_share ? by_names : by_share;
}

static void merge_with(struct hl_collection *c, uint32_t topic, const struct candidate *candidates, uint32_t count,
                       double rarest)
{
    uint32_t found = HL_NONE;
    double best = 1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t other = (uint32_t)candidates[i].key;
        if (candidates[i].key & LONER || other == topic || !hl_slab_is_live(&c->topics, other))
            continue;
        double excess = merge_fitness(c, topic, other, rarest);
        if (excess >= best) {
            best = excess;
            found = other;
        }
    }
    if (found == HL_NONE)
        return;
    bool larger = hl_topic_at(c, topic)->stories >= hl_topic_at(c, found)->stories;
    if (hl_topic_absorb(c, larger ? topic : found, larger ? found : topic) != HL_OK)
        c->tallies.skipped_no_memory++;
}

/* ---- one story ---- */

/* The best candidate, which must fit, or @count. */
static uint32_t choose(const struct hl_collection *c, const struct newcomer *n, const struct candidate *candidates,
                       uint32_t count)
{
    uint32_t found = count;
    double best = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = (uint32_t)candidates[i].key;
        double excess = candidates[i].key & LONER ? fitness_with_story(c, n, index) : fitness_in_topic(c, n, index);
        if (excess < 1 || excess <= best)
            continue;
        best = excess;
        found = i;
    }
    return found;
}

/* Makes a topic of two stories, of which @n has the anchors @a. HL_NONE when out of memory: @n, which has none, stays without. */
static uint32_t make_topic(struct hl_collection *c, const struct newcomer *n, const struct hl_anchors *a,
                           uint32_t other)
{
    struct newcomer o;
    uint32_t topic = hl_topic_create(c);
    if (topic == HL_NONE) {
        c->tallies.skipped_no_memory++;
        return HL_NONE;
    }
    newcomer_read(c, other, n->rarest, &o);
    if (!choose_and_join(c, topic, &o)) {
        hl_topic_undo(c, topic);
        return HL_NONE;
    }
    join(c, topic, n->story, a);
    return topic;
}

/* Moves the story to where it belongs; returns the topic that has grown by it, or HL_NONE. */
static uint32_t settle(struct hl_collection *c, const struct newcomer *n, const struct hl_anchors *a,
                       const struct candidate *found)
{
    uint32_t before = hl_story_at(c, n->story)->topic;
    if (found && found->key == before) {
        if (hl_topic_set_anchors(c, n->story, a->word, a->count) != HL_OK)
            c->tallies.skipped_no_memory++;
        return HL_NONE;
    }
    if (before != HL_NONE && !found && hl_topic_at(c, before)->stories == 1)
        return HL_NONE; /* alone in it: the id stays */
    c->tallies.topic_moves += before != HL_NONE;
    hl_topic_leave(c, n->story);
    if (!found)
        return HL_NONE;
    if (found->key & LONER)
        return make_topic(c, n, a, (uint32_t)found->key);
    return join(c, (uint32_t)found->key, n->story, a) ? (uint32_t)found->key : HL_NONE;
}

/* A topic that has got a story looks around, often while it is small. */
static void grow(struct hl_collection *c, uint32_t topic, const struct candidate *candidates, uint32_t count,
                 double rarest)
{
    uint32_t stories = hl_topic_at(c, topic)->stories;
    bool doubled = (stories & (stories - 1)) == 0;
    if (doubled && stories <= GATHER_ALWAYS)
        gather(c, topic, rarest);
    if (doubled || stories <= MERGE_ALWAYS)
        merge_with(c, topic, candidates, count, rarest);
}

static void review(struct hl_collection *c, uint32_t story)
{
    struct ballot ballot;
    struct candidate candidates[CANDIDATES_MAX];
    struct newcomer n;
    struct hl_anchors anchors;
    newcomer_read(c, story, hl_anchor_rarest(c), &n);
    hl_anchors_choose(c, n.word, n.count, n.rarest, &anchors);
    if (anchors.count == 0)
        return;
    n.count = anchors.count;
    memcpy(n.word, anchors.word, sizeof anchors.word);
    memcpy(n.strength, anchors.strength, sizeof anchors.strength);
    uint32_t own = hl_story_at(c, story)->topic;
    uint32_t count =
        collect_votes(c, story, &anchors, &ballot) ? pick(c, &ballot, count_names(c, &anchors), candidates) : 0;
    bool listed = own == HL_NONE;
    for (uint32_t i = 0; i < count && !listed; i++)
        listed = candidates[i].key == own;
    if (!listed)
        candidates[count++] = (struct candidate){own, 0};
    uint32_t found = choose(c, &n, candidates, count);
    uint32_t topic = settle(c, &n, &anchors, found < count ? &candidates[found] : NULL);
    if (topic != HL_NONE)
        grow(c, topic, candidates, count, n.rarest);
}

static void review_if_due(struct hl_collection *c, uint32_t story)
{
    struct hl_story_record *s = hl_story_at(c, story);
    if (s->headlines < s->topic_at || c->settings.topic_candidates < 1)
        return;
    s->topic_at = 2 * s->headlines;
    review(c, story);
}

void hl_topic_after_add(struct hl_collection *c, uint32_t story)
{
    uint32_t topic = hl_story_at(c, story)->topic;
    if (topic != HL_NONE)
        hl_topic_touch(c, topic);
    review_if_due(c, story);
}

void hl_topic_after_split(struct hl_collection *c, uint32_t story, uint32_t fresh)
{
    hl_story_at(c, story)->topic_at = hl_story_at(c, fresh)->topic_at = 1;
    review_if_due(c, story);
    review_if_due(c, fresh);
}
