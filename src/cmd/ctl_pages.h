/*
 * ctl_pages.h - what stories and story share: members of answers as cells of tables, and lists fetched page by page.
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

/* Takes what it wants of one answer (borrowed) and returns how many items it took. */
typedef uint64_t (*ctl_take_page)(void *context, json_t *answer);

/*
 * Asks @request (borrowed) with limit and cursor, page after page, until @limit items are taken or the list is complete. Errors were
 * complained about.
 */
enum ctl_exit ctl_ask_pages(const struct ctl *ctl, json_t *request, uint64_t limit, ctl_take_page take, void *context);

#endif
