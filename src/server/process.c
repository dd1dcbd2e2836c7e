/*
 * process.c - limits and memory of this process (see process.h).
 */
#include "server/process.h"

#include <fcntl.h>
#include <stdio.h>
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
    unsigned long long total, resident;
    long page_bytes = sysconf(_SC_PAGESIZE);
    if (sscanf(text, "%llu %llu", &total, &resident) != 2 || page_bytes <= 0)
        return 0;
    return (uint64_t)resident * (uint64_t)page_bytes;
}

bool hl_process_random(void *out, size_t bytes)
{
    return uv_random(NULL, NULL, out, bytes, 0, NULL) == 0;
}
