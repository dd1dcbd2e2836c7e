/*
 * files.h - the files of the dashboard, which are compiled in: nothing is read from a disk, so that no path can lead anywhere else.
 */
#ifndef HL_WEB_FILES_H
#define HL_WEB_FILES_H

#include <stddef.h>

struct hl_web_file {
    const char *path; /* "/" for index.html, else "/" and the name */
    const char *content_type;
    const char *etag; /* in its quotes; another for any other content */
    const unsigned char *data;
    size_t length;
};

/* All of them; the row behind the last has no path. */
extern const struct hl_web_file hl_web_files[];

/* The file at @path, @length bytes, exactly; NULL: there is none. */
const struct hl_web_file *hl_web_find(const char *path, size_t length);

#endif
