/*
 * ctl_progress.c - progress and summary of a load (see ctl_progress.h).
 */
#include "cmd/ctl_progress.h"

#include "cmd/ctl_ask.h"

#include "protocol/encode.h"
#include "protocol/view.h"

#include <string.h>

enum { BAR_COLUMNS = 20, TERMINAL_EVERY_MS = 100, PLAIN_EVERY_MS = 5000 };

void ctl_counts_add(struct ctl_counts *counts, const char *verdict)
{
    counts->answered++;
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        if (verdict && strcmp(verdict, hl_verdict_name((enum hl_verdict)i)) == 0)
            counts->verdicts[i]++;
}

void ctl_progress_begin(struct ctl_progress *progress, bool quiet, uint64_t bytes_total)
{
    int64_t now_ms = ctl_monotonic_ms();
    *progress = (struct ctl_progress){.screen = ctl_screen_of(stderr),
                                      .quiet = quiet,
                                      .bytes_total = bytes_total,
                                      .start_ms = now_ms,
                                      .shown_ms = now_ms};
}

static void append_bar(struct hl_buffer *out, uint64_t done, uint64_t total)
{
    uint64_t filled = done >= total ? BAR_COLUMNS : done * BAR_COLUMNS / total;
    hl_buffer_append_text(out, "[");
    for (uint64_t i = 0; i < BAR_COLUMNS; i++)
        hl_buffer_append_text(out, i < filled ? "#" : ".");
    hl_buffer_append_text(out, "] ");
}

static void append_time_left(struct hl_buffer *out, uint64_t done, uint64_t total, int64_t elapsed_ms)
{
    if (done == 0 || done >= total || elapsed_ms < 1000)
        return;
    uint64_t seconds = (uint64_t)((double)elapsed_ms * (double)(total - done) / (double)done / 1000);
    if (seconds >= 3600)
        hl_buffer_printf(out, ", ETA %llu:%02llu:%02llu", (unsigned long long)(seconds / 3600),
                         (unsigned long long)(seconds / 60 % 60), (unsigned long long)(seconds % 60));
    else
        hl_buffer_printf(out, ", ETA %llu:%02llu", (unsigned long long)(seconds / 60),
                         (unsigned long long)(seconds % 60));
}

/* " new 12 exact 3": what there is of each. */
static void append_counts(struct hl_buffer *out, const struct ctl_counts *counts)
{
    char text[CTL_NUMBER_BYTES];
    for (int i = 0; i < HL_VERDICT_COUNT; i++)
        if (counts->verdicts[i] > 0)
            hl_buffer_printf(out, " %s %s", hl_verdict_name((enum hl_verdict)i), ctl_number(counts->verdicts[i], text));
    if (counts->refused > 0)
        hl_buffer_printf(out, " refused %s", ctl_number(counts->refused, text));
    if (counts->rejected > 0)
        hl_buffer_printf(out, " rejected %s", ctl_number(counts->rejected, text));
}

static void update_rate(struct ctl_progress *progress, uint64_t answered, int64_t now_ms)
{
    if (now_ms <= progress->shown_ms)
        return;
    double latest = (double)(answered - progress->shown_answered) * 1000 / (double)(now_ms - progress->shown_ms);
    progress->rate = progress->rate > 0 ? 0.8 * progress->rate + 0.2 * latest : latest;
}

void ctl_progress_line(struct ctl_progress *progress, const struct ctl_counts *counts, uint64_t bytes_done,
                       int64_t now_ms, struct hl_buffer *out)
{
    char text[CTL_NUMBER_BYTES];
    uint64_t total = progress->bytes_total;
    update_rate(progress, counts->answered, now_ms);
    if (total > 0 && progress->screen.width > 0)
        append_bar(out, bytes_done, total);
    if (total > 0)
        hl_buffer_printf(out, "%llu%%, ", (unsigned long long)(bytes_done >= total ? 100 : bytes_done * 100 / total));
    hl_buffer_printf(out, "%s headlines", ctl_number(counts->answered, text));
    hl_buffer_printf(out, ", %s/s", ctl_number((uint64_t)progress->rate, text));
    if (total > 0)
        append_time_left(out, bytes_done, total, now_ms - progress->start_ms);
    hl_buffer_append_text(out, ":");
    append_counts(out, counts);
}

static void write_line(const struct ctl_progress *progress, const struct hl_buffer *line)
{
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (progress->screen.width > 0) {
        hl_buffer_append_text(&out, "\r");
        ctl_text_append(&out, line->data, line->length, progress->screen.width - 1);
        hl_buffer_append_text(&out, "\033[K");
    } else {
        hl_buffer_append(&out, line->data, line->length);
        hl_buffer_append_text(&out, "\n");
    }
    if (!out.failed)
        fwrite(out.data, 1, out.length, stderr);
    hl_buffer_clear(&out);
}

void ctl_progress_show(struct ctl_progress *progress, const struct ctl_counts *counts, uint64_t bytes_done)
{
    int64_t now_ms = ctl_monotonic_ms();
    int64_t every_ms = progress->screen.width > 0 ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS;
    if (progress->quiet || now_ms - progress->shown_ms < every_ms)
        return;
    struct hl_buffer line;
    hl_buffer_init(&line);
    ctl_progress_line(progress, counts, bytes_done, now_ms, &line);
    progress->shown_ms = now_ms;
    progress->shown_answered = counts->answered;
    if (!line.failed)
        write_line(progress, &line);
    hl_buffer_clear(&line);
}

void ctl_progress_wipe(struct ctl_progress *progress)
{
    if (!progress->quiet && progress->screen.width > 0)
        fputs("\r\033[K", stderr);
}

/* ---- summary ------------------------------------------------------------------------------------------------------ */

static void append_summary(struct hl_buffer *out, const struct ctl_counts *counts, double seconds, double rate)
{
    char text[CTL_NUMBER_BYTES];
    hl_buffer_printf(out, "%s headlines in %.1f s", ctl_number(counts->answered, text), seconds);
    hl_buffer_printf(out, " (%s/s):", ctl_number((uint64_t)rate, text));
    append_counts(out, counts);
    hl_buffer_append_text(out, "\n");
    if (counts->reconnects > 0)
        hl_buffer_printf(out, "connected again %llu times, %s headlines sent again\n",
                         (unsigned long long)counts->reconnects, ctl_number(counts->resent, text));
    if (counts->unanswered > 0)
        hl_buffer_printf(out, "%s headlines were sent without an answer: load the same again, the ids make it safe\n",
                         ctl_number(counts->unanswered, text));
    if (counts->forgotten > 0)
        hl_buffer_printf(out, "the daemon began anew without %s of them: load the same again, the ids make it safe\n",
                         ctl_number(counts->forgotten, text));
}

static void append_summary_json(struct hl_buffer *out, const struct ctl_counts *counts, double seconds, double rate)
{
    hl_json_raw(out, "{");
    hl_json_member_unsigned(out, "headlines", counts->answered);
    hl_json_member_fixed(out, "seconds", seconds, 3);
    hl_json_member_fixed(out, "headlines_per_second", rate, 1);
    hl_view_put_verdicts(out, counts->verdicts);
    hl_json_member_unsigned(out, "refused", counts->refused);
    hl_json_member_unsigned(out, "rejected", counts->rejected);
    hl_json_member_unsigned(out, "unanswered", counts->unanswered);
    hl_json_member_unsigned(out, "forgotten", counts->forgotten);
    hl_json_member_unsigned(out, "reconnects", counts->reconnects);
    hl_json_member_unsigned(out, "resent", counts->resent);
    hl_json_raw(out, "}\n");
}

enum ctl_exit ctl_progress_summary(const struct ctl_progress *progress, const struct ctl_counts *counts, bool json)
{
    double seconds = (double)(ctl_monotonic_ms() - progress->start_ms) / 1000;
    double rate = seconds > 0 ? (double)counts->answered / seconds : 0;
    struct hl_buffer out;
    hl_buffer_init(&out);
    if (json)
        append_summary_json(&out, counts, seconds, rate);
    else
        append_summary(&out, counts, seconds, rate);
    return ctl_print(&out);
}
