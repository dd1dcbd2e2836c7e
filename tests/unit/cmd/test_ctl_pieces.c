/*
 * test_ctl_pieces.c - labelled files as pieces to hold out: stories stay whole, pieces alike in size, files dealt in turn.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/ctl_pieces.h"

enum { FILES_MAX = 4 };

struct fixture {
    char folder[64];
    char *paths[FILES_MAX];
};

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    strcpy(f->folder, "/tmp/headlined-test-XXXXXX");
    if (!mkdtemp(f->folder))
        return -1;
    for (int i = 0; i < FILES_MAX; i++) {
        f->paths[i] = malloc(96);
        snprintf(f->paths[i], 96, "%s/%d", f->folder, i);
    }
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < FILES_MAX; i++) {
        unlink(f->paths[i]);
        free(f->paths[i]);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

/* One row for each letter of @stories, which is its label; "." has none. */
static void write_file(const struct fixture *f, int file, const char *stories)
{
    FILE *out = fopen(f->paths[file], "w");
    assert_non_null(out);
    for (const char *c = stories; *c; c++)
        if (*c == '.')
            fprintf(out, "{\"title\":\"Title %d\"}\n", (int)(c - stories));
        else
            fprintf(out, "{\"title\":\"Title %d\",\"story\":\"%c\"}\n", (int)(c - stories), *c);
    fclose(out);
}

static void expect_parts(const struct fixture *f, const char *stories, size_t folds, const char *parts)
{
    struct ctl_pieces pieces;
    char got[64] = "";
    write_file(f, 0, stories);
    assert_int_equal(ctl_pieces_read(&pieces, (char **)f->paths, 1, folds, NULL), HL_OK);
    for (size_t row = 0; row < strlen(stories); row++)
        got[row] = stories[row] == '.' ? '.' : (char)('0' + pieces.part_of_row[row]);
    assert_string_equal(got, parts);
    size_t headlines = 0, labelled = 0;
    for (size_t i = 0; i < pieces.count; i++) {
        assert_true(pieces.pieces[i].headlines > 0);
        assert_true(pieces.fold[i] == i && pieces.pieces[i].part == i && pieces.pieces[i].parts == pieces.count);
        headlines += pieces.pieces[i].headlines;
    }
    for (const char *c = stories; *c; c++)
        labelled += *c != '.';
    assert_int_equal(headlines, labelled);
    assert_int_equal(pieces.folds, pieces.count);
    ctl_pieces_clear(&pieces);
}

static void test_one_file(void **state)
{
    const struct fixture *f = *state;
    expect_parts(f, "aabbccdd", 2, "00001111");
    expect_parts(f, "aabbccdd", 4, "00112233");
    expect_parts(f, "abababcdcdcd", 2, "000000111111"); /* never in two, however they are mixed */
    expect_parts(f, "a.b..ab.", 2, "0.1..01.");
    expect_parts(f, "ab", 5, "01");             /* no more folds than stories */
    expect_parts(f, "aaaaaab", 5, "0000001");   /* nor empty ones */
    expect_parts(f, "acbcacbc", 2, "01110111"); /* by the middle rows: a, c, b */
}

static void test_files(void **state)
{
    const struct fixture *f = *state;
    struct ctl_pieces pieces;
    for (int i = 0; i < FILES_MAX; i++)
        write_file(f, i, i == 0 ? "a.a" : "b");
    assert_int_equal(ctl_pieces_read(&pieces, (char **)f->paths, 4, 3, NULL), HL_OK);
    assert_int_equal(pieces.count, 4);
    assert_int_equal(pieces.folds, 3);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(pieces.fold[i], i % 3);
        assert_int_equal(pieces.pieces[i].file, i);
        assert_int_equal(pieces.pieces[i].parts, 1);
        assert_int_equal(pieces.pieces[i].headlines, i == 0 ? 2 : 1);
    }
    assert_null(pieces.part_of_row);
    ctl_pieces_clear(&pieces);
}

static void test_refusals(void **state)
{
    const struct fixture *f = *state;
    struct ctl_pieces pieces;
    struct hl_error error;
    static const char *const bad[] = {"", "...", "aaa", "a..a"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_file(f, 0, bad[i]);
        assert_int_equal(ctl_pieces_read(&pieces, (char **)f->paths, 1, 2, &error), HL_INVALID);
        assert_null(pieces.pieces);
        assert_non_null(strstr(error.message, f->paths[0]));
    }
    write_file(f, 0, "ab");
    write_file(f, 1, "..");
    assert_int_equal(ctl_pieces_read(&pieces, (char **)f->paths, 2, 2, &error), HL_INVALID);
    assert_non_null(strstr(error.message, f->paths[1]));
    unlink(f->paths[1]);
    assert_int_equal(ctl_pieces_read(&pieces, (char **)f->paths, 2, 2, &error), HL_IO);
    assert_null(pieces.files);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one_file, begin, end),
        cmocka_unit_test_setup_teardown(test_files, begin, end),
        cmocka_unit_test_setup_teardown(test_refusals, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
