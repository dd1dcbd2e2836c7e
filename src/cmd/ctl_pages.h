/*
 * ctl_pages.h - what stories, topics, story and topic share: members of answers as cells of tables, and lists fetched page by page.
 */
#ifndef HL_CMD_CTL_PAGES_H
#define HL_CMD_CTL_PAGES_H

#include "cmd/ctl_client.h"
#include "cmd/ctl_table.h"

/* A member of @object (may be NULL); "" or 0 when it is not there or of another type. Text is borrowed from @object. */
const char *ctl_member_text(const json_t *object, const char *name);
uint64_t ctl_member_number(const json_t *object, const char *name);
/* The age of a time in words. Returns @out. */
const char *ctl_member_age(const json_t *object, const char *name, char out[CTL_AGE_BYTES]);

/* Appends the words that tell what a topic is about: "Gaza, Israel, Hamas". */
void ctl_terms_append(struct hl_buffer *out, const json_t *topic);

void ctl_table_add_count(struct ctl_table *table, const json_t *object, const char *name);
void ctl_table_add_age(struct ctl_table *table, const json_t *object, const char *name);

/* How a list in the daemon's answers is printed. */
struct ctl_listing {
    const char *member; /* of the answer: the list */
    const struct ctl_column *columns;
    size_t column_count;
    void (*add)(struct ctl_table *table, const json_t *item); /* a row */
    /* Of a list of all: said instead of an empty table, and below one for which not all were looked at. */
    const char *none, *truncated;
    /* Of a list in one thing: what stands above it, from the first answer, and the member that tells how many there are. */
    void (*head)(struct hl_buffer *out, const struct ctl_screen *screen, const json_t *answer);
    const char *total;
};

/*
 * Sends @request (taken; NULL: it could not be built) with limit and cursor, page after page, until the list is complete or has @limit items, and
 * prints it. Errors were complained about.
 */
enum ctl_exit ctl_list_answer(const struct ctl *ctl, json_t *request, uint64_t limit,
                              const struct ctl_listing *listing);

/* What a list of all can be asked for; text is NULL where nothing is asked. */
struct ctl_filters {
    const char *order, *since, *until, *source, *lang, *text, *collection;
    uint64_t size_min, limit;
};

/* Asks for @op by @filters, whose size_min goes by the name @min, and prints the list. Errors were complained about. */
enum ctl_exit ctl_list(const struct ctl *ctl, const char *op, const char *min, const struct ctl_filters *filters,
                       const struct ctl_listing *listing);

/* Asks for the one @op ("story") with this @id and prints it with at most @limit of its list. Errors were complained about. */
enum ctl_exit ctl_show(const struct ctl *ctl, const char *op, const char *id, uint64_t limit,
                       const struct ctl_listing *listing);

#endif
