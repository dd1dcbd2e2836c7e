/*
 * fuzz_input.c - the data of a journal record: whatever it is, it decodes to an input that encodes to the same bytes, or is refused; and an
 * engine survives its replay. The first byte of the fuzzer's input is the kind; further records follow, each with its length before it.
 */
#include "state/replay.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_codec(const struct hl_input_record *record)
{
    static struct hl_input input;
    static unsigned char again[HL_INPUT_BYTES_MAX];
    if (record->bytes > HL_INPUT_BYTES_MAX || hl_input_decode(record, &input, NULL) != HL_OK)
        return;
    if (input.answer.made_id.length > HL_INPUT_BYTES_MAX)
        abort();
    if (hl_input_encode(&input, again) != record->bytes || memcmp(again, record->data, record->bytes) != 0)
        abort();
}

/* Kind, length in two bytes, data. */
static size_t next_record(const uint8_t *data, size_t size, struct hl_input_record *out)
{
    size_t bytes = (size_t)data[1] | (size_t)data[2] << 8;
    bytes = bytes < size - 3 ? bytes : size - 3;
    *out = (struct hl_input_record){out->seq + 1, (int64_t)(out->seq * 1000), data[0], data + 3, bytes};
    return 3 + bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct hl_replay replay;
    const struct hl_engine_options options = {.collections_max = 3, .settings = hl_settings_default()};
    memset(&replay, 0, sizeof replay);
    replay.options = options;
    if (hl_engine_create(&options, &replay.engine, NULL) != HL_OK)
        return 0;
    struct hl_input_record record = {0};
    while (size >= 3) {
        size_t used = next_record(data, size, &record);
        check_codec(&record);
        if (record.kind != HL_INPUT_OPTIONS) /* a collections_max of four thousand millions is a question of memory */
            (void)hl_replay_apply(&replay, &record, NULL);
        data += used;
        size -= used;
    }
    hl_engine_destroy(replay.engine);
    return 0;
}
