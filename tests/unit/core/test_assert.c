/*
 * test_assert.c - a broken invariant ends the program with a message, in every build type.
 */
#include "core/assert.h"
#include "core/memory.h"
#include "core/slab.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void nothing(void)
{
    HL_ASSERT(1 + 1 == 2);
    _exit(0);
}

static void broken(void)
{
    HL_ASSERT(1 + 1 == 3);
    _exit(0);
}

static void give_twice(void)
{
    struct hl_memory memory;
    hl_memory_init(&memory, NULL);
    struct hl_slab slab;
    hl_slab_init(&slab, &memory, 8, 4);
    (void)hl_slab_take(&slab);
    uint32_t index = hl_slab_take(&slab);
    hl_slab_give(&slab, index);
    hl_slab_give(&slab, index);
    _exit(0);
}

/* Runs @body in a child; returns its wait status, with what it said on stderr in @said. */
static int run_child(void (*body)(void), char *said, size_t capacity)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct rlimit no_core = {0, 0};
        (void)setrlimit(RLIMIT_CORE, &no_core);
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        body();
        _exit(1);
    }
    (void)close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while (length + 1 < capacity && (got = read(ends[0], said + length, capacity - 1 - length)) > 0)
        length += (size_t)got;
    said[length] = '\0';
    (void)close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_true_is_silent(void **state)
{
    (void)state;
    char said[1000];
    int status = run_child(nothing, said, sizeof(said));
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_string_equal(said, "");
}

static void test_false_aborts_with_its_place(void **state)
{
    (void)state;
    char said[1000];
    int status = run_child(broken, said, sizeof(said));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said, "1 + 1 == 3"));
    assert_non_null(strstr(said, "test_assert.c:"));
}

static void test_a_record_given_back_twice_is_a_bug(void **state)
{
    (void)state;
    char said[1000];
    int status = run_child(give_twice, said, sizeof(said));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said, "hl_slab_is_live"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_true_is_silent),
        cmocka_unit_test(test_false_aborts_with_its_place),
        cmocka_unit_test(test_a_record_given_back_twice_is_a_bug),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
