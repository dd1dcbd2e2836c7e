/*
 * execute_explain.c - the executor of explain: one headline or two, with all numbers and with the reasons in words.
 *
 * The words are made here, so that every client has the same. Factors and findings come by name from the engine's tables.
 */
#include "protocol/encode.h"
#include "protocol/execute.h"
#include "protocol/view.h"

enum { DECIMALS = 4 };

/* ---- objects --------------------------------------------------------------------------------------------------------- */

static struct hl_text text_of(const char *text)
{
    return (struct hl_text){text, strlen(text)};
}

static void put_terms(struct hl_buffer *out, const struct hl_explained_title *title)
{
    hl_json_key(out, "terms");
    hl_json_raw(out, "[");
    for (uint32_t i = 0; i < title->term_count; i++) {
        const struct hl_explained_term *term = &title->terms[i];
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_name(out, "text", term->text);
        hl_json_member_bool(out, "pair", term->is_pair);
        hl_json_member_bool(out, "summary", term->is_summary);
        hl_json_member_bool(out, "hot", term->is_hot);
        hl_json_member_fixed(out, "share", term->share, DECIMALS);
        hl_json_member_fixed(out, "idf", term->idf, DECIMALS);
        hl_json_member_fixed(out, "weight", term->weight, DECIMALS);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

static void put_title(struct hl_buffer *out, const char *name, const struct hl_explained_title *title)
{
    hl_json_key(out, name);
    hl_json_raw(out, "{");
    hl_json_member_text(out, "id", title->id);
    hl_json_member_text(out, "title", title->title);
    hl_json_member_text(out, "text", title->text);
    hl_json_member_text(out, "tail", title->tail);
    hl_json_member_bool(out, "tail_guessed", title->tail_guessed);
    hl_json_member_text(out, "lang", title->lang);
    hl_json_member_id(out, "story", title->story);
    hl_json_member_time(out, "time", title->event_ms);
    hl_json_member_fingerprint(out, "fingerprint", &title->fingerprint);
    put_terms(out, title);
    hl_json_raw(out, "}");
}

static void put_factors(struct hl_buffer *out, const struct hl_factors *factors)
{
    size_t count;
    const struct hl_factor_info *info = hl_factors_info(&count);
    hl_json_key(out, "factors");
    hl_json_raw(out, "{");
    for (size_t i = 0; i < count; i++) {
        double value;
        memcpy(&value, (const char *)factors + i * sizeof value, sizeof value);
        hl_json_member_fixed(out, info[i].name, value, info[i].decimals);
    }
    hl_json_raw(out, "}");
}

static void put_shared(struct hl_buffer *out, const struct hl_explained_title *title,
                       const struct hl_explained_shared *shared, uint32_t count)
{
    hl_json_key(out, "shared");
    hl_json_raw(out, "[");
    for (uint32_t i = 0; i < count; i++) {
        const struct hl_explained_term *term = &title->terms[shared[i].term];
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_name(out, "text", term->text);
        hl_json_member_bool(out, "hot", term->is_hot);
        hl_json_member_fixed(out, "weight", shared[i].weight, DECIMALS);
        hl_json_member_fixed(out, "part", shared[i].part, DECIMALS);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

static void put_join(struct hl_buffer *out, const struct hl_join *join)
{
    hl_json_key(out, "join");
    hl_json_raw(out, "{");
    hl_json_member_bool(out, "joins", join->joins);
    hl_json_member_fixed(out, "best", join->best, DECIMALS);
    hl_json_member_fixed(out, "second", join->second, DECIMALS);
    hl_json_member_fixed(out, "rival_weight", join->rival_weight, DECIMALS);
    hl_json_member_fixed(out, "noise", join->noise, DECIMALS);
    hl_json_member_fixed(out, "noise_weight", join->noise_weight, DECIMALS);
    hl_json_member_fixed(out, "margin", join->margin, DECIMALS);
    hl_json_member_fixed(out, "join_threshold", join->join_threshold, DECIMALS);
    hl_json_member_fixed(out, "cold_margin", join->cold_margin, DECIMALS);
    hl_json_member_fixed(out, "noise_margin", join->noise_margin, DECIMALS);
    hl_json_member_fixed(out, "threshold", join->threshold, DECIMALS);
    hl_json_member_bool(out, "full", join->is_full);
    hl_json_raw(out, "}");
}

static void put_near(struct hl_buffer *out, const char *name, const struct hl_explained_near *near)
{
    hl_json_key(out, name);
    hl_json_raw(out, "{");
    hl_json_member_text(out, "id", near->id);
    hl_json_member_unsigned(out, "distance", near->distance_bits);
    hl_json_member_bool(out, "near", near->why == HL_NEAR_interchangeable);
    hl_json_member_name(out, "why", hl_near_why_name(near->why));
    hl_json_member_text(out, "word", near->first);
    hl_json_member_text(out, "other_word", near->second);
    hl_json_raw(out, "}");
}

/* Those that the numbers above go by. */
static void put_settings(struct hl_buffer *out, const struct hl_settings *settings)
{
    hl_json_key(out, "settings");
    hl_json_raw(out, "{");
    hl_json_member_fixed(out, "shared_words", settings->shared_words, 0);
    hl_json_member_fixed(out, "char_weight", settings->char_weight, DECIMALS);
    hl_json_member_fixed(out, "decay_half_life_s", settings->decay_half_life_s, 3);
    hl_json_member_fixed(out, "story_noise_weight", settings->story_noise_weight, DECIMALS);
    hl_json_member_fixed(out, "hot_share", settings->hot_share, DECIMALS);
    hl_json_member_fixed(out, "near_bits", settings->near_bits, 0);
    hl_json_member_fixed(out, "near_share", settings->near_share, DECIMALS);
    hl_json_raw(out, "}");
}

static void put_stories(struct hl_buffer *out, const struct hl_explanation *x)
{
    hl_json_key(out, "stories");
    hl_json_raw(out, "[");
    for (uint32_t i = 0; i < x->story_count; i++) {
        const struct hl_explained_story *story = &x->stories[i];
        hl_json_separate(out);
        hl_json_raw(out, "{");
        hl_json_member_unsigned(out, "story", story->story);
        hl_json_member_unsigned(out, "headlines", story->headlines);
        hl_json_member_text(out, "title", story->title);
        hl_json_member_bool(out, "own", story->is_own);
        hl_json_member_bool(out, "candidate", story->is_candidate);
        put_factors(out, &story->factors);
        put_shared(out, &x->title, story->shared, story->shared_count);
        hl_json_raw(out, "}");
    }
    hl_json_raw(out, "]");
}

static void put_arrival(struct hl_buffer *out, const struct hl_explanation *x)
{
    hl_json_key(out, "arrival");
    if (x->title.story == 0) {
        hl_json_raw(out, "null");
        return;
    }
    hl_json_raw(out, "{");
    hl_json_member_name(out, "verdict", hl_verdict_name(x->arrival_verdict));
    hl_json_member_id(out, "story", x->arrival_story);
    hl_json_member_text(out, "duplicate_of", x->arrival_duplicate_of);
    hl_json_raw(out, "}");
}

static void put_now(struct hl_buffer *out, const struct hl_explanation *x)
{
    hl_json_key(out, "now");
    hl_json_raw(out, "{");
    hl_json_member_name(out, "verdict", hl_verdict_name(x->verdict));
    hl_json_member_id(out, "story", x->story);
    hl_json_member_text(out, "duplicate_of", x->duplicate_of);
    hl_json_member_fixed(out, "similarity", x->similarity, DECIMALS);
    hl_json_raw(out, "}");
}

/* ---- reasons --------------------------------------------------------------------------------------------------------- */

/* Sentences are made in a buffer of their own: what they quote must be escaped in the answer. */
static void end_reason(struct hl_buffer *out, struct hl_buffer *words)
{
    hl_json_separate(out);
    hl_json_string(out, (struct hl_text){words->data, words->length});
    out->failed = out->failed || words->failed;
    hl_buffer_reset(words);
}

static void say_text(struct hl_buffer *words, struct hl_text text)
{
    hl_buffer_append(words, text.data, text.length);
}

/* The candidate whose score is @score, other than @but; 0: none is shown. */
static uint64_t story_with_score(const struct hl_explanation *x, double score, uint64_t but)
{
    for (uint32_t i = 0; i < x->story_count; i++) {
        const struct hl_explained_story *story = &x->stories[i];
        bool scores = story->factors.score >= score && story->factors.score <= score;
        if (story->is_candidate && story->story != but && scores)
            return story->story;
    }
    return 0;
}

static void say_story(struct hl_buffer *words, uint64_t story)
{
    if (story != 0)
        hl_buffer_printf(words, " (story %llu)", (unsigned long long)story);
}

/* " (0.1110, and 0.0200 for the noise of the stream, and 0.0500 while the stream is young)": what the threshold is the sum of. */
static void say_threshold(struct hl_buffer *words, const struct hl_join *join)
{
    if (join->noise_margin <= 0 && join->cold_margin <= 0)
        return;
    hl_buffer_printf(words, " (%.4f", join->join_threshold);
    if (join->noise_margin > 0)
        hl_buffer_printf(words, ", and %.4f for the noise of the stream", join->noise_margin);
    if (join->cold_margin > 0)
        hl_buffer_printf(words, ", and %.4f while the stream is young", join->cold_margin);
    hl_buffer_append_text(words, ")");
}

/*
 * "score 0.4100 (story 5) - 0.41 x 0.1000 (story 7) - 0.38 x 0.0300 (noise) = 0.3576 >= 0.1310 (...)". The stories, best and rival, may be 0:
 * not named.
 */
static void say_arithmetic(struct hl_buffer *words, const struct hl_join *join, uint64_t best, uint64_t rival)
{
    hl_buffer_printf(words, "score %.4f", join->best);
    say_story(words, best);
    if (join->second > 0) {
        hl_buffer_printf(words, " - %g x %.4f", join->rival_weight, join->second);
        say_story(words, rival);
    }
    if (join->noise > 0)
        hl_buffer_printf(words, " - %g x %.4f (noise)", join->noise_weight, join->noise);
    if (join->second > 0 || join->noise > 0)
        hl_buffer_printf(words, " = %.4f", join->margin);
    hl_buffer_printf(words, " %s %.4f", join->margin >= join->threshold ? ">=" : "<", join->threshold);
    say_threshold(words, join);
    if (join->is_full)
        hl_buffer_append_text(words, ", but the story is full");
}

/* The scores that were weighed against each other, named unless it is the one that was just named. */
static void say_scores(struct hl_buffer *words, const struct hl_explanation *x)
{
    uint64_t best = story_with_score(x, x->join.best, 0);
    say_arithmetic(words, &x->join, best == x->story ? 0 : best, story_with_score(x, x->join.second, best));
}

static void say_decision(struct hl_buffer *words, const struct hl_explanation *x)
{
    bool stored = x->title.story != 0;
    bool alone = x->story_count == 0 || !x->stories[0].is_own;
    bool stays = stored && (x->story == x->title.story || (x->story == 0 && alone));
    const char *would = stays ? "" : stored ? "would now " : "would ";
    if (x->story != 0)
        hl_buffer_printf(words, "%sjoin%s story %llu: ", would, stays ? "s" : "", (unsigned long long)x->story);
    else
        hl_buffer_printf(words, "%sfound%s a story: ", would, stays ? "s" : "");
    if (x->verdict == HL_VERDICT_EXACT && x->story != 0)
        hl_buffer_append_text(words, "a headline with the same text is there");
    else if (x->join.best > 0)
        say_scores(words, x);
    else
        hl_buffer_append_text(words, "no live story has enough in common with it");
    if (stored && !stays)
        hl_buffer_printf(words, "; but it stands in story %llu", (unsigned long long)x->title.story);
}

static void say_words(struct hl_buffer *words, const struct hl_factors *factors, const struct hl_settings *settings)
{
    hl_buffer_printf(words, "%g word%s in common; %g are needed", factors->words,
                     factors->words > 1 || factors->words < 1 ? "s" : "", settings->shared_words);
}

static void say_near(struct hl_buffer *words, const struct hl_explained_near *near, const struct hl_settings *settings)
{
    bool is_near = near->why == HL_NEAR_interchangeable;
    hl_buffer_append_text(words, is_near ? "interchangeable with " : "not near to ");
    say_text(words, near->id.length > 0 ? near->id : text_of("the other"));
    hl_buffer_printf(words, ": %s; %u bits differ, of at most %g", hl_near_why_help(near->why), near->distance_bits,
                     settings->near_bits);
    if (near->first.length + near->second.length == 0)
        return;
    hl_buffer_append_text(words, "; here \"");
    say_text(words, near->first);
    hl_buffer_append_text(words, "\", there \"");
    say_text(words, near->second);
    hl_buffer_append_text(words, "\"");
}

/* "200.0 hours apart: decay 0.0031 leaves 0.0012": what stands between a story's likeness and its score. */
static void say_losses(struct hl_buffer *words, const struct hl_factors *f, const struct hl_settings *settings)
{
    bool is_noisy = f->noise > 0 && settings->story_noise_weight > 0;
    if (f->gap_s > 0)
        hl_buffer_printf(words, "%.1f hours apart: decay %.4f%s", f->gap_s / 3600, f->decay, is_noisy ? " and " : "");
    if (is_noisy)
        hl_buffer_printf(words, "%snoise %g x %.4f", f->gap_s > 0 ? "" : "noisy: ", settings->story_noise_weight,
                         f->noise);
    hl_buffer_printf(words, " %s %.4f", f->gap_s > 0 && is_noisy ? "leave" : "leaves", f->score);
}

/* Why a story that has something in common with the headline scores less than it takes; false when it does not. */
static bool say_shortfall(struct hl_buffer *words, const struct hl_explained_story *story,
                          const struct hl_explanation *x)
{
    const struct hl_factors *f = &story->factors;
    if (f->score <= 0 && f->words < x->settings.shared_words) {
        hl_buffer_printf(words, "story %llu scores nothing: ", (unsigned long long)story->story);
        say_words(words, f, &x->settings);
    } else if (f->score < x->join.threshold && f->likeness >= x->join.threshold) {
        hl_buffer_printf(words, "story %llu is alike (%.4f), but ", (unsigned long long)story->story, f->likeness);
        say_losses(words, f, &x->settings);
    } else {
        return false;
    }
    return true;
}

static void put_reasons(struct hl_buffer *out, const struct hl_explanation *x)
{
    struct hl_buffer words;
    hl_buffer_init(&words);
    hl_json_key(out, "reasons");
    hl_json_raw(out, "[");
    say_decision(&words, x);
    end_reason(out, &words);
    for (uint32_t i = 0; i < x->story_count; i++)
        if (say_shortfall(&words, &x->stories[i], x))
            end_reason(out, &words);
    if (x->has_nearest) {
        say_near(&words, &x->nearest, &x->settings);
        end_reason(out, &words);
    }
    if (x->title.story != x->arrival_story) {
        hl_buffer_printf(&words, "was answered with story %llu: merges and splits have moved it to story %llu",
                         (unsigned long long)x->arrival_story, (unsigned long long)x->title.story);
        end_reason(out, &words);
    }
    hl_json_raw(out, "]");
    hl_buffer_clear(&words);
}

static void put_pair_reasons(struct hl_buffer *out, const struct hl_pair_explanation *x)
{
    struct hl_buffer words;
    hl_buffer_init(&words);
    hl_json_key(out, "reasons");
    hl_json_raw(out, "[");
    hl_buffer_printf(&words, "the second would %sjoin a story of the first alone: ", x->join.joins ? "" : "not ");
    if (x->join.best > 0)
        say_arithmetic(&words, &x->join, 0, 0);
    else
        say_words(&words, &x->factors, &x->settings);
    end_reason(out, &words);
    if (x->is_exact)
        hl_buffer_append_text(&words, "exact: the normalised texts are the same");
    else
        say_near(&words, &x->near, &x->settings);
    end_reason(out, &words);
    if (x->first.story != 0 && x->second.story != 0) {
        bool same = x->first.story == x->second.story;
        hl_buffer_printf(&words, "they stand in %s", same ? "the same story" : "two stories");
        end_reason(out, &words);
    }
    hl_json_raw(out, "]");
    hl_buffer_clear(&words);
}

/* ---- answers --------------------------------------------------------------------------------------------------------- */

static enum hl_status explain_one(const struct hl_service *service, const struct hl_request_explain *wanted,
                                  int64_t now_ms, struct hl_buffer *out, struct hl_error *error)
{
    struct hl_explanation x;
    enum hl_status status = hl_engine_explain(service->engine, &wanted->first, now_ms, &x, error);
    if (status != HL_OK)
        return status;
    put_reasons(out, &x);
    put_title(out, "headline", &x.title);
    put_arrival(out, &x);
    put_now(out, &x);
    put_join(out, &x.join);
    put_stories(out, &x);
    if (x.has_nearest)
        put_near(out, "nearest", &x.nearest);
    else
        hl_json_raw(out, ",\"nearest\":null");
    put_settings(out, &x.settings);
    if (x.title.story != 0)
        return hl_view_put_history(service->engine, x.title.story, out, error);
    hl_json_raw(out, ",\"history\":[]");
    return HL_OK;
}

static enum hl_status explain_two(const struct hl_service *service, const struct hl_request_explain *wanted,
                                  int64_t now_ms, struct hl_buffer *out, struct hl_error *error)
{
    struct hl_pair_explanation x;
    enum hl_status status = hl_engine_explain_pair(service->engine, &wanted->first, &wanted->second, now_ms, &x, error);
    if (status != HL_OK) {
        if (strcmp(error->field, "other_id") == 0)
            strcpy(error->field, "other"); /* as the member is called here */
        return status;
    }
    put_pair_reasons(out, &x);
    put_title(out, "headline", &x.first);
    put_title(out, "other", &x.second);
    put_factors(out, &x.factors);
    put_shared(out, &x.second, x.shared, x.shared_count);
    put_join(out, &x.join);
    hl_json_member_bool(out, "exact", x.is_exact);
    put_near(out, "near", &x.near);
    put_settings(out, &x.settings);
    return HL_OK;
}

enum hl_status hl_execute_explain(const struct hl_service *service, const struct hl_request *request, int64_t now_ms,
                                  struct hl_buffer *out, struct hl_error *error)
{
    const struct hl_request_explain *wanted = &request->body.explain;
    bool two = wanted->second.id.length > 0 || wanted->second.title.length > 0;
    return two ? explain_two(service, wanted, now_ms, out, error) : explain_one(service, wanted, now_ms, out, error);
}
