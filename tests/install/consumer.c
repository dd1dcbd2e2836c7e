/*
 * consumer.c - a stranger's program: what check_install compiles, in C and in C++, against the installed headers and library
 * with what pkg-config says and nothing else. Succeeds when the engine sees the second headline as a copy.
 */
#include <headlined/engine.h>
#include <headlined/error.h>
#include <headlined/fingerprint.h>
#include <headlined/version.h>

#include <stdio.h>
#include <string.h>

static struct hl_text text(const char *words)
{
    struct hl_text result;
    result.data = words;
    result.length = strlen(words);
    return result;
}

static bool add(hl_engine *engine, const char *id, const char *title, struct hl_result *result)
{
    struct hl_headline headline;
    memset(&headline, 0, sizeof headline);
    headline.id = text(id);
    headline.title = text(title);
    headline.source = text(id);
    headline.published_ms = HL_TIME_NONE;
    struct hl_error error;
    if (hl_engine_add(engine, &headline, 1000, result, &error) == HL_OK)
        return true;
    fprintf(stderr, "add %s: %s\n", id, error.message);
    return false;
}

int main(void)
{
    hl_engine *engine = NULL;
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_error error;
    if (hl_engine_create(&options, &engine, &error) != HL_OK) {
        fprintf(stderr, "create: %s\n", error.message);
        return 1;
    }
    struct hl_result first, second;
    bool fine = add(engine, "a", "Harbour bridge closes for a year of repairs", &first) &&
                add(engine, "b", "HARBOUR BRIDGE closes for a year of repairs!", &second);
    if (fine && (first.verdict != HL_VERDICT_NEW || second.verdict != HL_VERDICT_EXACT)) {
        fprintf(stderr, "verdicts: %s, %s\n", hl_verdict_name(first.verdict), hl_verdict_name(second.verdict));
        fine = false;
    }
    hl_engine_destroy(engine);
    return fine ? 0 : 1;
}
