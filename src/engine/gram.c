/*
 * gram.c - character 3-grams to SimHash sums.
 */
#include "engine/gram.h"

#include "core/clones.h"
#include "text/text.h"

#include <string.h>

#define LIVE_WEIGHT_MAX 127 /* HL_GRAMS_MAX of these stay below 32,768 */
#define COUNTS_HEADLINES_MAX 65536
#define PRIOR_HEADLINES 50
#define LANES 16 /* sums added at a time */
#define WORDS (HL_FINGERPRINT_BITS / LANES)
#define SLOTS_MIN 4096U
#define SLOTS_MAX (1U << 18)
#define PROBES 16U /* slots in which a gram may stand */
#define MARK_BEFORE 2U
#define MARK_AFTER 3U

struct gram_slot {
    uint64_t gram; /* 0: empty */
    uint16_t weight;
    uint16_t bits[WORDS];
};

struct hl_grams {
    struct hl_memory *memory; /* borrowed */
    struct hl_digest *digest; /* borrowed */
    struct gram_slot *slots;  /* owned; a power of two of them */
    uint32_t slot_count;
    uint32_t used;
};

struct hl_grams *hl_grams_create(struct hl_memory *memory, struct hl_digest *digest)
{
    struct hl_grams *grams = hl_memory_allocate_zero(memory, sizeof *grams);
    if (!grams)
        return NULL;
    grams->memory = memory;
    grams->digest = digest;
    grams->slot_count = SLOTS_MIN;
    grams->slots = hl_memory_allocate_zero(memory, SLOTS_MIN * sizeof *grams->slots);
    if (!grams->slots) {
        hl_memory_release(memory, grams, sizeof *grams);
        return NULL;
    }
    return grams;
}

void hl_grams_destroy(struct hl_grams *grams)
{
    if (!grams)
        return;
    hl_memory_release(grams->memory, grams->slots, grams->slot_count * sizeof *grams->slots);
    hl_memory_release(grams->memory, grams, sizeof *grams);
}

static uint32_t home_slot(uint64_t gram, uint32_t slot_count)
{
    uint64_t mixed = gram * 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(mixed >> 32) & (slot_count - 1);
}

/*
 * The slot that holds @gram, else the first free one of those it may stand in, else its home. A bounded search: when the table may not grow
 * it comes to be full.
 */
static struct gram_slot *seek(struct gram_slot *slots, uint32_t slot_count, uint64_t gram)
{
    uint32_t home = home_slot(gram, slot_count);
    for (uint32_t i = 0; i < PROBES; i++) {
        struct gram_slot *slot = &slots[(home + i) & (slot_count - 1)];
        if (slot->gram == gram || !slot->gram)
            return slot;
    }
    return &slots[home];
}

/* Doubles the table; when memory is out or the bound is reached the cache simply stays as it is. */
static void grow(struct hl_grams *grams)
{
    uint32_t count = grams->slot_count * 2;
    struct gram_slot *slots = NULL;
    if (count <= SLOTS_MAX)
        slots = hl_memory_allocate_zero(grams->memory, count * sizeof *slots);
    if (!slots)
        return;
    grams->used = 0;
    for (uint32_t i = 0; i < grams->slot_count; i++) {
        if (!grams->slots[i].gram)
            continue;
        struct gram_slot *slot = seek(slots, count, grams->slots[i].gram);
        grams->used += !slot->gram;
        *slot = grams->slots[i];
    }
    hl_memory_release(grams->memory, grams->slots, grams->slot_count * sizeof *slots);
    grams->slots = slots;
    grams->slot_count = count;
}

static enum hl_status fill_slot(struct hl_grams *grams, struct gram_slot *slot, uint64_t gram)
{
    char bytes[8];
    uint8_t hash[HL_DIGEST_BYTES];
    for (int i = 0; i < 8; i++)
        bytes[i] = (char)(gram >> (8 * i));
    struct hl_text packed = {bytes, sizeof bytes};
    if (hl_digest_sha256(grams->digest, &packed, 1, hash) != HL_OK)
        return HL_INTERNAL;
    for (int i = 0; i < WORDS; i++)
        slot->bits[i] = (uint16_t)(hash[2 * i] | hash[2 * i + 1] << 8);
    slot->weight = (uint16_t)hl_background_gram_weight(gram);
    slot->gram = gram;
    return HL_OK;
}

/* The slot that holds @gram, filled if need be; NULL when OpenSSL fails. */
static const struct gram_slot *find_gram(struct hl_grams *grams, uint64_t gram)
{
    struct gram_slot *slot = seek(grams->slots, grams->slot_count, gram);
    if (slot->gram == gram)
        return slot;
    if (grams->used >= grams->slot_count / 4 * 3) {
        grow(grams);
        slot = seek(grams->slots, grams->slot_count, gram);
    }
    struct gram_slot filled = {0};
    if (fill_slot(grams, &filled, gram) != HL_OK)
        return NULL;
    grams->used += !slot->gram; /* a gram that loses its place is only computed again */
    *slot = filled;
    return slot;
}

/* Sixteen sums at a time: vector types of gcc and clang, which become whatever the processor has. */
typedef uint16_t lanes __attribute__((vector_size(32)));
typedef int16_t signed_lanes __attribute__((vector_size(32)));
typedef int32_t wide_lanes __attribute__((vector_size(64)));

static const lanes bit_of_lane = {1U << 0, 1U << 1, 1U << 2,  1U << 3,  1U << 4,  1U << 5,  1U << 6,  1U << 7,
                                  1U << 8, 1U << 9, 1U << 10, 1U << 11, 1U << 12, 1U << 13, 1U << 14, 1U << 15};

/* The grams of a text, copied together from the cache: what is done with them next then misses no cache line. */
struct bundle {
    uint32_t count;
    uint16_t frozen_weight[HL_GRAMS_MAX], live_weight[HL_GRAMS_MAX];
    uint16_t bits[HL_GRAMS_MAX][WORDS];
};

/*
 * For each bit, the sum of the @weights of the grams that have it set; what the zero bits owe is settled later. Words outside, grams inside: the
 * sums of a few words stay in registers over all grams.
 */
HL_CLONES static void sum_set_bits(const struct bundle *restrict bundle, lanes *restrict frozen, lanes *restrict live)
{
    for (int word = 0; word < WORDS; word += 4) {
        lanes f0 = {0}, f1 = {0}, f2 = {0}, f3 = {0}, l0 = {0}, l1 = {0}, l2 = {0}, l3 = {0};
        for (uint32_t i = 0; i < bundle->count; i++) {
            const uint16_t *bits = &bundle->bits[i][word];
            lanes frozen_weights = (lanes){0} + bundle->frozen_weight[i];
            lanes live_weights = (lanes){0} + bundle->live_weight[i];
            lanes is_set = (lanes)((((lanes){0} + bits[0]) & bit_of_lane) != 0);
            f0 += is_set & frozen_weights;
            l0 += is_set & live_weights;
            is_set = (lanes)((((lanes){0} + bits[1]) & bit_of_lane) != 0);
            f1 += is_set & frozen_weights;
            l1 += is_set & live_weights;
            is_set = (lanes)((((lanes){0} + bits[2]) & bit_of_lane) != 0);
            f2 += is_set & frozen_weights;
            l2 += is_set & live_weights;
            is_set = (lanes)((((lanes){0} + bits[3]) & bit_of_lane) != 0);
            f3 += is_set & frozen_weights;
            l3 += is_set & live_weights;
        }
        frozen[word] = f0, frozen[word + 1] = f1, frozen[word + 2] = f2, frozen[word + 3] = f3;
        live[word] = l0, live[word + 1] = l1, live[word + 2] = l2, live[word + 3] = l3;
    }
}

/* Reads one code point of valid UTF-8. */
static size_t next_code_point(const char *text, uint32_t *point)
{
    const unsigned char *byte = (const unsigned char *)text;
    if (byte[0] < 0x80) {
        *point = byte[0];
        return 1;
    }
    if (byte[0] < 0xe0) {
        *point = (uint32_t)(byte[0] & 31) << 6 | (byte[1] & 63);
        return 2;
    }
    if (byte[0] < 0xf0) {
        *point = (uint32_t)(byte[0] & 15) << 12 | (uint32_t)(byte[1] & 63) << 6 | (byte[2] & 63);
        return 3;
    }
    *point =
        (uint32_t)(byte[0] & 7) << 18 | (uint32_t)(byte[1] & 63) << 12 | (uint32_t)(byte[2] & 63) << 6 | (byte[3] & 63);
    return 4;
}

/* Packs the grams of @text into @grams (room for HL_GRAMS_MAX) and returns their number. */
static size_t pack_grams(const char *text, size_t length, uint64_t *grams)
{
    const uint64_t mask = (1ULL << 42) - 1;
    size_t count = 0, seen = 1;
    uint64_t window = MARK_BEFORE;
    for (size_t at = 0; at <= length && count < HL_GRAMS_MAX;) {
        uint32_t point = MARK_AFTER;
        bool ends = at == length || text[at] == ' ';
        at += ends ? 1 : next_code_point(text + at, &point);
        window = (window & mask) << 21 | point;
        if (++seen >= 3)
            grams[count++] = window;
        if (ends) {
            window = MARK_BEFORE;
            seen = 1;
        }
    }
    return count;
}

/* 16 * log2(x) for x > 0, straight between powers of two: near enough for a weight, and the same everywhere. */
static int log2_in_16ths(uint32_t x)
{
    int power = 31 - __builtin_clz(x);
    uint64_t fraction = ((uint64_t)x << (32 - power)) & UINT32_MAX;
    return power * 16 + (int)(fraction >> 28);
}

/* Shares of headlines, in 256ths, that the frozen weights 0..15 stand for (2^(-5/8 of the weight)). */
static const uint16_t shares[16] = {256, 166, 108, 70, 45, 29, 19, 12, 8, 5, 3, 2, 1, 1, 1, 0};

/* What live weights are made of: see live_weight. */
struct stream {
    const struct hl_gram_counts *counts; /* may be NULL */
    uint32_t headlines;                  /* counted, this one included */
    int size_16ths;                      /* log2 of headlines and the imagined ones, in 256ths */
};

static struct stream stream_of(const struct hl_gram_counts *counts, bool counted)
{
    uint32_t headlines = counts ? counts->headlines : 0;
    if (counted && headlines > 0)
        headlines--;
    return (struct stream){counts, headlines, log2_in_16ths((headlines + 2 + PRIOR_HEADLINES) * 256)};
}

/*
 * An inverse document frequency in eighths of a bit, this headline counted already. A new stream begins with PRIOR_HEADLINES imagined
 * headlines that hold a gram as often as its frozen weight says. @less of the times that it was counted do not count.
 */
static inline uint16_t live_weight(const struct stream *stream, uint16_t frozen_weight, uint16_t hash, uint32_t less)
{
    uint32_t holding = 256U + PRIOR_HEADLINES * shares[frozen_weight];
    if (stream->counts) {
        uint32_t times = stream->counts->holding[hash]; /* a headline may hold a gram more than once */
        times = times > less ? times - less : 0;
        holding += (times < stream->headlines ? times : stream->headlines) * 256;
    }
    int weight = (stream->size_16ths - log2_in_16ths(holding)) / 2;
    return (uint16_t)(weight < 0 ? 0 : weight < LIVE_WEIGHT_MAX ? weight : LIVE_WEIGHT_MAX);
}

/* Every set bit has added its weight; every zero bit takes it away. Wraps within the lanes, since the result fits. */
static void settle_zeros(lanes *sums, uint32_t total, int16_t out[HL_FINGERPRINT_BITS])
{
    for (int word = 0; word < WORDS; word++)
        sums[word] = sums[word] + sums[word] - (uint16_t)total;
    memcpy(out, sums, HL_FINGERPRINT_BITS * sizeof out[0]);
}

/* Asks for the slots of all grams, so that the misses are waited for together. */
static void prefetch_slots(const struct hl_grams *grams, const uint64_t *packed, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct gram_slot *slot = &grams->slots[home_slot(packed[i], grams->slot_count)];
        __builtin_prefetch(slot);
        __builtin_prefetch(&slot->bits[WORDS - 1]); /* a slot may lie on two lines */
    }
}

/* Copies the slots of the grams into @bundle; live weights are still to come. */
static enum hl_status gather(struct hl_grams *grams, const uint64_t *packed, uint32_t count,
                             const struct hl_gram_counts *counts, struct bundle *bundle)
{
    bundle->count = count;
    for (uint32_t i = 0; i < count; i++) {
        const struct gram_slot *slot = find_gram(grams, packed[i]);
        if (!slot)
            return HL_INTERNAL;
        memcpy(bundle->bits[i], slot->bits, sizeof slot->bits);
        bundle->frozen_weight[i] = slot->weight;
        if (counts)
            __builtin_prefetch(&counts->holding[slot->bits[0]]);
    }
    return HL_OK;
}

/* How often the text that is being summed holds a gram. */
static uint32_t times_held(const struct hl_gram_sums *sums, uint16_t gram)
{
    uint32_t times = 0;
    for (uint32_t i = 0; i < sums->count; i++)
        times += sums->gram[i] == gram;
    return times;
}

/* Weighs the grams of a text that was counted as if it had not been. Returns the sum of the weights. */
static uint32_t weigh_counted(const struct stream *stream, const struct hl_gram_sums *sums, struct bundle *bundle)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < sums->count; i++) {
        uint32_t less = times_held(sums, sums->gram[i]);
        bundle->live_weight[i] = live_weight(stream, bundle->frozen_weight[i], sums->gram[i], less);
        total += bundle->live_weight[i];
    }
    return total;
}

enum hl_status hl_grams_sum(struct hl_grams *grams, const char *text, size_t length,
                            const struct hl_gram_counts *counts, bool counted, struct hl_gram_sums *out)
{
    uint64_t packed[HL_GRAMS_MAX];
    struct bundle bundle;
    lanes frozen[WORDS], live[WORDS];
    uint32_t frozen_total = 0, live_total = 0;
    struct stream stream = stream_of(counts, counted);
    out->count = (uint32_t)pack_grams(text, length, packed);
    prefetch_slots(grams, packed, out->count);
    if (gather(grams, packed, out->count, counts, &bundle) != HL_OK)
        return HL_INTERNAL;
    for (uint32_t i = 0; i < out->count; i++) {
        out->gram[i] = bundle.bits[i][0];
        bundle.live_weight[i] = live_weight(&stream, bundle.frozen_weight[i], out->gram[i], 0);
        frozen_total += bundle.frozen_weight[i];
        live_total += bundle.live_weight[i];
    }
    if (counted)
        live_total = weigh_counted(&stream, out, &bundle);
    sum_set_bits(&bundle, frozen, live);
    settle_zeros(frozen, frozen_total, out->frozen);
    settle_zeros(live, live_total, out->live);
    return HL_OK;
}

void hl_gram_counts_add(struct hl_gram_counts *counts, const struct hl_gram_sums *sums)
{
    counts->headlines++;
    for (uint32_t i = 0; i < sums->count; i++)
        counts->holding[sums->gram[i]]++;
    if (counts->headlines < COUNTS_HEADLINES_MAX)
        return;
    counts->headlines /= 2;
    for (uint32_t i = 0; i < HL_GRAM_COUNTS; i++)
        counts->holding[i] /= 2;
}

HL_CLONES void hl_grams_sign(const struct hl_gram_sums *sums, struct hl_fingerprint *out)
{
    memset(out, 0, sizeof *out);
    for (int word = 0; word < WORDS; word++) {
        signed_lanes some;
        memcpy(&some, sums->frozen + word * LANES, sizeof some);
        lanes set = (lanes)(some > 0) & bit_of_lane;
        uint16_t bits = 0;
        for (int lane = 0; lane < LANES; lane++)
            bits |= set[lane];
        out->word[word / 4] |= (uint64_t)bits << (word % 4 * LANES);
    }
}

HL_CLONES void hl_sums_add_signs(int16_t sums[HL_FINGERPRINT_BITS], const struct hl_fingerprint *fingerprint, int sign)
{
    for (int word = 0; word < WORDS; word++) {
        lanes value = (lanes){0} + (uint16_t)(fingerprint->word[word / 4] >> (word % 4 * LANES)), some;
        memcpy(&some, sums + word * LANES, sizeof some);
        lanes is_set = (lanes)((value & bit_of_lane) != 0); /* all ones, or 0 */
        some += ((is_set & 2) - 1) * (uint16_t)sign;
        memcpy(sums + word * LANES, &some, sizeof some);
    }
}

HL_CLONES int64_t hl_sums_product(const int16_t a[HL_FINGERPRINT_BITS], const int16_t b[HL_FINGERPRINT_BITS])
{
    int64_t product = 0;
    for (int at = 0; at < HL_FINGERPRINT_BITS; at += LANES) {
        wide_lanes part = {0};
        for (int lane = 0; lane < LANES;
             lane++) /* a factor is below 2^15: a product fits, and no lane is added to twice */
            part[lane] = a[at + lane] * b[at + lane];
        for (int lane = 0; lane < LANES; lane++)
            product += part[lane];
    }
    return product;
}

HL_CLONES int64_t hl_sums_at_bits(const int16_t sums[HL_FINGERPRINT_BITS], const struct hl_fingerprint *fingerprint)
{
    wide_lanes total = {0};
    for (int word = 0; word < WORDS; word++) {
        lanes value = (lanes){0} + (uint16_t)(fingerprint->word[word / 4] >> (word % 4 * LANES)), some;
        memcpy(&some, sums + word * LANES, sizeof some);
        signed_lanes chosen = (signed_lanes)(some & (lanes)((value & bit_of_lane) != 0));
        total += __builtin_convertvector(chosen, wide_lanes);
    }
    int64_t sum = 0;
    for (int lane = 0; lane < LANES; lane++)
        sum += total[lane];
    return sum;
}
