/*
 * reader_fixture.h - what a reader of a format finds in a text, as text: a line for each row or complaint, its place before it.
 */
#ifndef HL_TESTS_UNIT_CMD_READER_FIXTURE_H
#define HL_TESTS_UNIT_CMD_READER_FIXTURE_H

#include "cmd/ctl_queue.h"
#include "core/buffer.h"
#include "support/failing_malloc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads @text in slices of @slice bytes; what is found goes into @queue. */
typedef enum hl_status (*reader)(const char *text, size_t length, size_t slice, struct ctl_queue *queue,
                                 struct hl_error *error);

static inline void put_row(struct hl_buffer *out, const json_t *row)
{
    char *dump = json_dumps(row, JSON_COMPACT | JSON_SORT_KEYS);
    assert_non_null(dump);
    for (char *at = dump; *at; at++)
        if (*at == '"')
            *at = '\''; /* for literals */
    hl_buffer_append_text(out, dump);
    free(dump);
}

static inline void drain(struct ctl_queue *queue, struct hl_buffer *out)
{
    struct ctl_queued item;
    while (ctl_queue_take(queue, &item)) {
        hl_buffer_printf(out, "%" PRIu64 " ", item.place);
        if (item.row)
            put_row(out, item.row);
        else
            hl_buffer_append_text(out, item.problem);
        hl_buffer_append_text(out, "\n");
        json_decref(item.row);
    }
}

/* The rows and complaints, then the error's message if there is one. */
static inline void expect_found(reader read, const char *text, size_t length, size_t slice, const char *expected)
{
    struct ctl_queue queue = {0};
    struct hl_buffer out;
    struct hl_error error;
    hl_buffer_init(&out);
    enum hl_status status = read(text, length, slice, &queue, &error);
    drain(&queue, &out);
    if (status != HL_OK)
        hl_buffer_printf(&out, "! %s\n", error.message);
    hl_buffer_append(&out, "", 1);
    assert_string_equal(out.data, expected);
    hl_buffer_clear(&out);
    ctl_queue_clear(&queue);
}

/* However the text comes in, the same is found. */
static inline void expect_text(reader read, const char *text, const char *expected)
{
    static const size_t slices[] = {1, 2, 7, 4096};
    for (size_t i = 0; i < sizeof slices / sizeof slices[0]; i++)
        expect_found(read, text, strlen(text), slices[i], expected);
}

/*
 * jansson then asks for memory through the functions that can be made to fail. libxml2 does not: its version 2.9 leaks and loses its way when
 * it gets none.
 */
static inline void let_json_fail(void)
{
    json_set_alloc_funcs(malloc, free);
}

/* Each request for memory fails once: HL_NO_MEMORY, or all is found after all. */
static inline void expect_survival(reader read, const char *text, size_t rows)
{
    bool fired = true;
    for (uint64_t nth = 1; fired; nth++) {
        struct ctl_queue queue = {0};
        struct hl_error error;
        failing_malloc_arm(nth);
        enum hl_status status = read(text, strlen(text), 64, &queue, &error);
        fired = failing_malloc_fired();
        failing_malloc_arm(0);
        if (status == HL_OK)
            assert_int_equal(queue.count - queue.first, rows);
        else {
            assert_int_equal(status, HL_NO_MEMORY);
            printf("%d %d %s\n", (int)nth, status, error.message);
        }
        assert_true(fired || status == HL_OK);
        ctl_queue_clear(&queue);
        assert_true(nth < 100000);
    }
}

#endif
