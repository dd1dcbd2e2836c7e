/*
 * files.c - finds a file in the table.
 */
#include "web/files.h"

#include <string.h>

const struct hl_web_file *hl_web_find(const char *path, size_t length)
{
    for (const struct hl_web_file *file = hl_web_files; file->path; file++)
        if (strlen(file->path) == length && memcmp(file->path, path, length) == 0)
            return file;
    return NULL;
}
