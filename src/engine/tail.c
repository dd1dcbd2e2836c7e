/*
 * tail.c - finding, judging and learning outlet tails.
 */
#include "engine/tail.h"

#include <string.h>
#include <xxhash.h>

#define TAIL_BYTES_MIN 2
#define TAIL_BYTES_MAX 48
#define SHAPE_CHARACTERS_MAX 30 /* of a tail that is cut on its looks */
#define SHAPE_TITLE_MIN 40      /* characters of a title whose tail may be cut on its looks */
#define HEAD_BYTES_MIN 12       /* what must be left */
#define HEADS_KNOWN 3           /* different titles after which a tail is known */
#define HEADS_MAX 1000
#define TAILS_MAX 8192
#define CUTS_MAX 2

/* Splits @clean at its last " - " or " | "; false when there is none with a usable tail. */
static bool find_tail(struct hl_text clean, size_t *head, struct hl_text *tail)
{
    for (size_t at = clean.length; at >= 3; at--) {
        const char *p = clean.data + at - 3;
        if (p[0] != ' ' || (p[1] != '-' && p[1] != '|') || p[2] != ' ')
            continue;
        *head = at - 3;
        *tail = (struct hl_text){clean.data + at, clean.length - at};
        return *head >= HEAD_BYTES_MIN && tail->length >= TAIL_BYTES_MIN && tail->length <= TAIL_BYTES_MAX;
    }
    return false;
}

static size_t count_characters(struct hl_text text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.length; i++)
        count += ((unsigned char)text.data[i] & 0xc0) != 0x80;
    return count;
}

static char fold(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
}

static bool same_folded(struct hl_text a, struct hl_text b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (fold(a.data[i]) != fold(b.data[i]))
            return false;
    return true;
}

struct tail_key {
    char text[TAIL_BYTES_MAX];
    size_t length;
    uint32_t hash;
};

static struct tail_key key_of(const struct hl_collection *c, struct hl_text tail)
{
    struct tail_key key = {.length = tail.length};
    for (size_t i = 0; i < tail.length; i++)
        key.text[i] = fold(tail.data[i]);
    key.hash = (uint32_t)XXH3_64bits_withSeed(key.text, key.length, c->engine->options.hash_seed);
    return key;
}

static bool tail_equal(const void *context, uint32_t value, const void *wanted)
{
    const struct hl_collection *c = context;
    const struct hl_tail_record *tail = hl_slab_at(&c->tails, value);
    const struct tail_key *key = wanted;
    return tail->length == key->length && memcmp(tail->text, key->text, key->length) == 0;
}

static bool is_known(const struct hl_collection *c, struct hl_text tail)
{
    struct tail_key key = key_of(c, tail);
    uint32_t index = hl_index_find(c->tail_index, key.hash, tail_equal, c, &key);
    return index != HL_NONE && ((const struct hl_tail_record *)hl_slab_at(&c->tails, index))->heads >= HEADS_KNOWN;
}

/* An outlet's name is short and stands behind a full title. So may news: see hl_tail_cut.guessed. */
static bool looks_like_outlet(struct hl_text whole, struct hl_text tail)
{
    return count_characters(tail) <= SHAPE_CHARACTERS_MAX && count_characters(whole) > SHAPE_TITLE_MIN;
}

struct hl_tail_cut hl_tail_find(const struct hl_collection *c, struct hl_text clean, struct hl_text source)
{
    struct hl_tail_cut cut = {clean.length, clean.length, {NULL, 0}};
    for (int cuts = 0; cuts < CUTS_MAX; cuts++) {
        struct hl_text left = {clean.data, cut.length}, tail;
        size_t head;
        if (!find_tail(left, &head, &tail))
            break;
        bool own = same_folded(tail, source);
        if (!own && !(c && is_known(c, tail))) {
            if (cuts > 0 || !looks_like_outlet(left, tail))
                break;
            cut.guessed = tail;
        }
        cut.length = head;
        if (own && cuts == 0)
            cut.own_length = head;
    }
    return cut;
}

bool hl_tail_differs(struct hl_text a, struct hl_text b)
{
    return a.length > 0 && b.length > 0 && !same_folded(a, b);
}

static void forget(struct hl_collection *c, uint32_t index)
{
    struct hl_tail_record *tail = hl_slab_at(&c->tails, index);
    hl_index_remove(c->tail_index, tail->hash, index);
    hl_pool_give(c->engine->pool, tail->text, tail->length);
    hl_slab_give(&c->tails, index);
}

/* Makes room in a full table: a hand goes round and halves counts, and what comes to nothing goes. */
static void fade(struct hl_collection *c)
{
    while (c->tails.live >= TAILS_MAX) {
        if (c->tail_hand >= hl_slab_limit(&c->tails))
            c->tail_hand = 0;
        uint32_t index = c->tail_hand++;
        if (!hl_slab_is_live(&c->tails, index))
            continue;
        struct hl_tail_record *tail = hl_slab_at(&c->tails, index);
        tail->heads /= 2;
        if (tail->heads == 0)
            forget(c, index);
    }
}

static uint32_t remember(struct hl_collection *c, const struct tail_key *key)
{
    fade(c);
    uint32_t index = hl_slab_take(&c->tails);
    if (index == HL_NONE)
        return HL_NONE;
    struct hl_tail_record *tail = hl_slab_at(&c->tails, index);
    tail->hash = key->hash;
    tail->length = (uint16_t)key->length;
    tail->text = hl_pool_take(c->engine->pool, key->length);
    if (!tail->text)
        goto err_after_take;
    memcpy(tail->text, key->text, key->length);
    if (hl_index_insert(c->tail_index, key->hash, index) == HL_OK)
        return index;
    hl_pool_give(c->engine->pool, tail->text, key->length);
err_after_take:
    hl_slab_give(&c->tails, index);
    return HL_NONE;
}

void hl_tail_learn(struct hl_collection *c, struct hl_text clean)
{
    size_t head;
    struct hl_text text;
    if (!find_tail(clean, &head, &text))
        return;
    struct tail_key key = key_of(c, text);
    uint32_t index = hl_index_find(c->tail_index, key.hash, tail_equal, c, &key);
    if (index == HL_NONE)
        index = remember(c, &key);
    if (index == HL_NONE) {
        c->tallies.skipped_no_memory++;
        return;
    }
    struct hl_tail_record *tail = hl_slab_at(&c->tails, index);
    uint32_t head_hash = (uint32_t)XXH3_64bits(clean.data, head);
    if (head_hash != tail->last_head && tail->heads < HEADS_MAX)
        tail->heads++;
    tail->last_head = head_hash;
}

enum hl_status hl_tail_restore(struct hl_collection *c, uint32_t index)
{
    struct hl_tail_record *tail = hl_slab_at(&c->tails, index);
    if (tail->length < TAIL_BYTES_MIN || tail->length > TAIL_BYTES_MAX || tail->heads > HEADS_MAX ||
        c->tails.live > TAILS_MAX)
        return HL_CORRUPT;
    struct tail_key key = key_of(c, (struct hl_text){tail->text, tail->length});
    tail->hash = key.hash;
    if (memcmp(key.text, tail->text, key.length) != 0)
        return HL_CORRUPT;
    return hl_index_insert_new(c->tail_index, key.hash, index, tail_equal, c, &key);
}
