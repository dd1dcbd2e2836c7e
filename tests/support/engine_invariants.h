/*
 * engine_invariants.h - everything that must hold inside an engine between calls, recomputed from the headlines up.
 */
#ifndef HL_TESTS_SUPPORT_ENGINE_INVARIANTS_H
#define HL_TESTS_SUPPORT_ENGINE_INVARIANTS_H

#include <headlined/engine.h>

/* What the engine held when it was looked at, so that a test can tell that it saw what it is about. */
struct engine_report {
    uint64_t headlines, stories, multiple;
    uint64_t pruned;      /* stories that let terms go */
    uint64_t retired;     /* stories that left the postings */
    uint64_t redirects;   /* absorbed ids */
    uint64_t aliases;     /* further ids of headlines */
    uint64_t copies;      /* headlines whose text is that of another */
    uint64_t unposted;    /* words of stories in activity that the postings do not lead to (lists are bounded) */
    uint64_t topics;      /* live */
    uint64_t topic_ids;   /* ids that they answer to */
    uint64_t in_topics;   /* stories that have one */
    uint32_t largest;     /* headlines of the largest story */
    uint32_t longest;     /* entries of the longest posting list */
    uint32_t shared_pair; /* most stories that hold one pair */
};

/*
 * Fails the running cmocka test at the first thing that does not hold. O(state). With @lossless false, nothing is asked that want of
 * memory may have left undone (postings and frequencies of pairs). @report may be NULL; it is added to (counts) and raised (maxima).
 */
void engine_check_invariants(hl_engine *engine, bool lossless, struct engine_report *report);

#endif
