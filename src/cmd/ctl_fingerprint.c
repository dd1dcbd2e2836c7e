/*
 * ctl_fingerprint.c - fingerprint: the 256-bit SimHash of titles, without a daemon.
 */
#include "cmd/ctl_args.h"
#include "cmd/ctl_ask.h"

#include <headlined/fingerprint.h>

#include <stdio.h>
#include <string.h>

/* One line: the digits, or with --json an object. */
static enum ctl_exit print_one(const struct ctl *ctl, const char *title, struct hl_fingerprint *fingerprint)
{
    enum hl_status status = hl_fingerprint_compute(title, strlen(title), fingerprint);
    if (status != HL_OK) {
        ctl_complain("no fingerprint: %s", status == HL_INVALID
                                               ? "the title is not UTF-8, or holds no letter and no digit"
                                               : hl_status_message(status));
        return CTL_FAILED;
    }
    char hex[HL_FINGERPRINT_HEX_BYTES];
    hl_fingerprint_to_hex(fingerprint, hex);
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (ctl->json) {
        json_t *row = json_pack("{s:s, s:s}", "title", title, "fingerprint", hex);
        ctl_json_append(&out, row);
        json_decref(row);
    } else {
        hl_buffer_append_text(&out, hex);
    }
    hl_buffer_append_text(&out, "\n");
    return ctl_print(&out);
}

enum ctl_exit ctl_fingerprint(struct ctl *ctl, int argc, char **argv)
{
    static const struct ctl_usage usage = {
        .command = "fingerprint",
        .arguments = "TITLE [TITLE]",
        .summary = "Prints the fingerprint of a title as 64 hex digits; of two titles, their distance in bits too.",
        .notes = "No outlet tail (\" - The Daily\") is cut, which the daemon learns from its stream.\n",
        .arguments_min = 1,
        .arguments_max = 2,
        .offline = true};
    enum ctl_exit code;
    int count;
    if (!ctl_args_parse(ctl, &usage, argc, argv, &count, &code))
        return code;
    struct hl_fingerprint fingerprints[2];
    for (int i = 0; i < count && code == CTL_OK; i++)
        code = print_one(ctl, argv[i], &fingerprints[i]);
    if (code == CTL_OK && count == 2 && !ctl->json)
        printf("distance %u of %d bits\n", hl_fingerprint_distance(&fingerprints[0], &fingerprints[1]),
               HL_FINGERPRINT_BITS);
    return code;
}
