/*
 * process.c - limits and memory of this process (see process.h).
 */
#include "server/process.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

uint64_t hl_process_raise_files(uint64_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur >= wanted)
        return limit.rlim_cur;
    struct rlimit raised = limit;
    raised.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : (rlim_t)wanted;
    return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

uint64_t hl_process_resident_bytes(void)
{
    char text[128];
    int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0)
        return 0;
    text[length] = '\0';
    char *second = strchr(text, ' '); /* "size resident shared ...", in pages */
    if (!second)
        return 0;
    unsigned long long resident_pages = strtoull(second, NULL, 10);
    long page_bytes = sysconf(_SC_PAGESIZE);
    return page_bytes > 0 ? (uint64_t)resident_pages * (uint64_t)page_bytes : 0;
}

bool hl_process_random(void *out, size_t bytes)
{
    return uv_random(NULL, NULL, out, bytes, 0, NULL) == 0;
}
