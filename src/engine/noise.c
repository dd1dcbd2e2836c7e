/*
 * noise.c - running means of the scores that did not decide.
 */
#include "engine/noise.h"

#define FIRST 2         /* from the third candidate on: the second is often another piece of the same story */
#define COUNT 4         /* candidates whose scores are averaged */
#define STREAM_DOUBT 50 /* imagined headlines of the usual noise with which a stream begins */
#define STREAM_SPAN 500 /* headlines over which the stream's mean goes */
#define STORY_SPAN 20   /* and a story's */
#define STORY_DOUBT 5   /* imagined headlines that found no noise in a story */
#define STORY_COUNT_MAX 255

double hl_noise_of_headline(const struct hl_candidates *candidates)
{
    double sum = 0;
    for (uint32_t i = FIRST; i < candidates->count && i < FIRST + COUNT; i++)
        sum += candidates->best[i].score;
    return sum / COUNT;
}

double hl_noise_of_story(const struct hl_story_record *story)
{
    return story->noise * story->noise_count / (story->noise_count + STORY_DOUBT);
}

/* Moves @mean, that of @count values, towards @value: a plain mean of @span values, then one that forgets. */
static double moved(double mean, double value, uint64_t count, uint64_t span)
{
    return mean + (value - mean) / (double)(1 + (count < span ? count : span));
}

void hl_noise_learn(struct hl_collection *c, const struct hl_candidates *candidates, uint32_t story)
{
    c->noise = moved(c->noise, hl_noise_of_headline(candidates), c->length_count + STREAM_DOUBT, STREAM_SPAN);
    for (uint32_t i = 0; i < candidates->count; i++) {
        struct hl_story_record *s = hl_story_at(c, candidates->best[i].story);
        if (candidates->best[i].story == story)
            continue;
        s->noise = moved(s->noise, candidates->best[i].score, s->noise_count, STORY_SPAN);
        s->noise_count = (uint8_t)(s->noise_count < STORY_COUNT_MAX ? s->noise_count + 1 : STORY_COUNT_MAX);
    }
}
