/*
 * fuzz_options.c - any bytes as a configuration file: refused with everything unchanged, or read, and then what is printed reads back as
 * the same.
 */
#include "support/options.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition)                                                                                             \
    do {                                                                                                               \
        if (!(condition)) {                                                                                            \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition);                                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

static void print(struct hl_buffer *out, const struct hl_options *options)
{
    hl_buffer_init(out);
    hl_options_print(out, options);
    REQUIRE(!out->failed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hl_options defaults, options, back;
    struct hl_error error = {.status = HL_OK};
    hl_options_default(&defaults);
    options = defaults;
    enum hl_status status = hl_options_parse(&options, (const char *)data, size, &error);
    if (status != HL_OK) {
        REQUIRE(status == HL_INVALID && strncmp(error.message, "line ", 5) == 0);
        REQUIRE(memcmp(&options, &defaults, sizeof options) == 0);
        return 0;
    }
    (void)hl_options_check(&options, &error);
    struct hl_buffer text, again;
    print(&text, &options);
    back = defaults;
    REQUIRE(hl_options_parse(&back, text.data, text.length, &error) == HL_OK);
    print(&again, &back);
    REQUIRE(text.length == again.length && memcmp(text.data, again.data, text.length) == 0);
    hl_buffer_clear(&text);
    hl_buffer_clear(&again);
    return 0;
}
