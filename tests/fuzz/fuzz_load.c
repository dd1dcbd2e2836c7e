/*
 * fuzz_load.c - any bytes as a saved state: the engine refuses them, or works and is saved as bytes that it loads again.
 *
 * Input: sections as in tests/support/state_file.h.
 */
#include "support/news_stream.h"
#include "support/state_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CALLS 12

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static void use(hl_engine *engine)
{
    struct news_stream stream;
    struct news_call call;
    news_stream_init(&stream, 1);
    for (int i = 0; i < CALLS; i++) {
        news_stream_next(&stream, &call);
        (void)news_call_make(&call, engine, NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state_file file = {0}, saved = {0}, again = {0};
    struct hl_engine_options options = hl_engine_options_default();
    struct hl_error error = {0};
    hl_engine *engine = NULL, *second = NULL;
    file.data = malloc(size + 1);
    REQUIRE(file.data);
    memcpy(file.data, data, size);
    file.length = file.capacity = size;
    enum hl_status status = state_file_load(&file, &options, &engine, &error);
    REQUIRE(status == HL_OK || (status == HL_CORRUPT && error.field[0] != '\0' && !engine));
    if (status == HL_OK) {
        REQUIRE(state_file_save(&saved, engine, NULL) == HL_OK);
        REQUIRE(state_file_load(&saved, &options, &second, &error) == HL_OK);
        use(engine);
        use(second);
        REQUIRE(state_file_save(&saved, engine, NULL) == HL_OK && state_file_save(&again, second, NULL) == HL_OK);
        REQUIRE(state_file_equal(&saved, &again));
        hl_engine_tick(engine, INT64_MAX, 100000);
    }
    hl_engine_destroy(engine);
    hl_engine_destroy(second);
    state_file_clear(&file);
    state_file_clear(&saved);
    state_file_clear(&again);
    return 0;
}
