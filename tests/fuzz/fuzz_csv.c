/*
 * fuzz_csv.c - any bytes as a table: each row has a title that is valid UTF-8, and what is found is the same in whatever pieces the bytes
 * come. The first byte chooses the delimiter and a map.
 */
#include "cmd/ctl_csv.h"
#include "core/assert.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void mix(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * UINT64_C(1099511628211);
}

/* A number that tells what was found. */
static uint64_t read_table(uint8_t choice, const char *text, size_t size, size_t slice)
{
    struct ctl_map map;
    HL_ASSERT(ctl_map_parse("title=a,published=2,ts=c", &map, NULL) == HL_OK);
    struct ctl_queue queue = {0};
    struct ctl_csv *csv = ctl_csv_create(choice & 1 ? '\t' : '\0', choice & 2 ? &map : NULL, &queue);
    if (!csv)
        return 0;
    enum hl_status status = HL_OK;
    for (size_t at = 0; at < size && status == HL_OK; at += slice)
        status = ctl_csv_take(csv, text + at, size - at < slice ? size - at : slice, NULL);
    if (status == HL_OK)
        status = ctl_csv_finish(csv, NULL);
    uint64_t hash = (uint64_t)status;
    for (struct ctl_queued item; ctl_queue_take(&queue, &item);) {
        HL_ASSERT(item.row || item.problem[0]);
        HL_ASSERT(!item.row || json_string_length(json_object_get(item.row, "title")) > 0);
        mix(&hash, item.place);
        mix(&hash, item.row ? json_object_size(item.row) : 99);
        json_decref(item.row);
    }
    ctl_queue_clear(&queue);
    ctl_csv_destroy(csv);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    const char *text = (const char *)data + 1;
    HL_ASSERT(read_table(data[0], text, size - 1, 5) == read_table(data[0], text, size - 1, 4096));
    ctl_csv_delimiter(text, size - 1, NULL);
    return 0;
}
