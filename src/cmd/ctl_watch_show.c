/*
 * ctl_watch_show.c - events for people (see ctl_watch_show.h).
 *
 *     14:03:05  story_grew            12      5  Harbour Post          Storm Petra floods Aldermoor
 */
#include "cmd/ctl_watch_show.h"

#include "cmd/ctl_pages.h"
#include "protocol/time.h"

#include <string.h>
#include <time.h>

enum {
    CLOCK_WIDTH = 8,
    KIND_WIDTH = 16,
    STORY_WIDTH = 8,
    SIZE_WIDTH = 6,
    SOURCE_WIDTH = 20,
    GAP = 2,
    BEFORE_SOURCE = CLOCK_WIDTH + GAP + KIND_WIDTH + GAP + STORY_WIDTH + SIZE_WIDTH + GAP,
    SCREEN_MIN = 100, /* narrower ones do without the source */
    TITLE_MIN = 20
};

/* ---- columns ------------------------------------------------------------------------------------------------------ */

static bool shows_source(const struct ctl_screen *screen)
{
    return screen->width == 0 || screen->width >= SCREEN_MIN;
}

static void put_spaces(struct hl_buffer *out, size_t count)
{
    for (; count > 0; count--)
        hl_buffer_append(out, " ", 1);
}

/* @text in @width columns and two more; cut only on a screen. */
static void put_left(struct hl_buffer *out, const struct ctl_screen *screen, const char *text, size_t width)
{
    size_t taken = ctl_text_append(out, text, strlen(text), screen->width > 0 ? width : 0);
    put_spaces(out, (taken < width ? width - taken : 0) + GAP);
}

static void put_number(struct hl_buffer *out, uint64_t number, size_t width)
{
    char text[CTL_NUMBER_BYTES] = "";
    if (number > 0)
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    hl_buffer_printf(out, "%*s", (int)width, text);
}

/* The time of day here. */
static void put_clock(struct hl_buffer *out, const char *time_text)
{
    int64_t ms;
    char text[16] = "        ";
    struct tm parts;
    if (hl_time_parse(time_text, strlen(time_text), &ms)) {
        time_t seconds = (time_t)(ms / 1000);
        if (localtime_r(&seconds, &parts))
            (void)strftime(text, sizeof text, "%H:%M:%S", &parts);
    }
    hl_buffer_printf(out, "%s  ", text);
}

static enum ctl_style style_of(const char *kind)
{
    if (strcmp(kind, "story_created") == 0)
        return CTL_GREEN;
    if (strcmp(kind, "story_grew") == 0)
        return CTL_YELLOW;
    bool is_end = strstr(kind, "_removed") || strstr(kind, "_expired");
    return is_end ? CTL_DIM : CTL_CYAN;
}

/* ---- what happened ------------------------------------------------------------------------------------------------ */

static const char *of_headline(const json_t *event, const char *member)
{
    const json_t *headline = json_object_get(event, "headline");
    return ctl_member_text(headline ? headline : event, member);
}

/* In words, of events that have no title. */
static void describe(struct hl_buffer *out, const json_t *event, const char *kind)
{
    unsigned long long topic = ctl_member_number(event, "topic"), into = ctl_member_number(event, "into"),
                       fresh = ctl_member_number(event, "new_story"), old = ctl_member_number(event, "old_topic");
    if (strcmp(kind, "story_merged") == 0)
        hl_buffer_printf(out, "is a part of story %llu now", into);
    else if (strcmp(kind, "story_split") == 0)
        hl_buffer_printf(out, "has given off story %llu", fresh);
    else if (strcmp(kind, "story_topic") == 0 && topic > 0)
        hl_buffer_printf(out, "belongs to topic %llu", topic);
    else if (strcmp(kind, "story_topic") == 0)
        hl_buffer_printf(out, "has left topic %llu", old);
    else if (strcmp(kind, "topic_merged") == 0)
        hl_buffer_printf(out, "topic %llu is a part of topic %llu now", topic, into);
    else if (strncmp(kind, "topic_", strlen("topic_")) == 0)
        hl_buffer_printf(out, "topic %llu", topic);
}

static void put_title(struct hl_buffer *out, const struct ctl_screen *screen, const char *title)
{
    size_t before = BEFORE_SOURCE + (shows_source(screen) ? SOURCE_WIDTH + GAP : 0);
    size_t width = screen->width > before + TITLE_MIN ? screen->width - before : TITLE_MIN;
    ctl_style_begin(out, screen, CTL_BOLD);
    ctl_text_append(out, title, strlen(title), screen->width > 0 ? width : 0);
    ctl_style_end(out, screen, CTL_BOLD);
}

void ctl_watch_show(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *event)
{
    const char *kind = ctl_member_text(event, "kind"), *title = of_headline(event, "title");
    uint64_t size = ctl_member_number(event, "headlines");
    put_clock(out, ctl_member_text(event, "time"));
    ctl_style_begin(out, screen, style_of(kind));
    put_left(out, screen, kind, KIND_WIDTH);
    ctl_style_end(out, screen, style_of(kind));
    put_number(out, ctl_member_number(event, "story"), STORY_WIDTH);
    put_number(out, size > 0 ? size : ctl_member_number(event, "story_headlines"), SIZE_WIDTH);
    put_spaces(out, GAP);
    if (shows_source(screen))
        put_left(out, screen, of_headline(event, "source"), SOURCE_WIDTH);
    if (title[0] != '\0')
        put_title(out, screen, title);
    else
        describe(out, event, kind);
    hl_buffer_append_text(out, "\n");
}

void ctl_watch_head(struct hl_buffer *out, const struct ctl_screen *screen)
{
    if (screen->width == 0)
        return;
    ctl_style_begin(out, screen, CTL_DIM);
    hl_buffer_printf(out, "%-8s  %-*s  %*s%*s  ", "TIME", KIND_WIDTH, "EVENT", STORY_WIDTH, "STORY", SIZE_WIDTH,
                     "SIZE");
    if (shows_source(screen))
        hl_buffer_printf(out, "%-*s  ", SOURCE_WIDTH, "SOURCE");
    hl_buffer_append_text(out, "TITLE");
    ctl_style_end(out, screen, CTL_DIM);
    hl_buffer_append_text(out, "\n");
}
