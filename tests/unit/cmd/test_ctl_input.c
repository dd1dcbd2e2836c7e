/*
 * test_ctl_input.c - lines of plain and gzip files and of pipes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "cmd/ctl_input.h"
#include "core/buffer.h"

struct fixture {
    char folder[64], path[96];
};

static int begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    strcpy(fixture->folder, "/tmp/headlined-test-XXXXXX");
    if (!mkdtemp(fixture->folder))
        return -1;
    snprintf(fixture->path, sizeof fixture->path, "%s/input", fixture->folder);
    *state = fixture;
    return 0;
}

static int end(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    rmdir(fixture->folder);
    free(fixture);
    return 0;
}

static void write_file(const struct fixture *fixture, const void *data, size_t length)
{
    FILE *file = fopen(fixture->path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, length, file), length);
    fclose(file);
}

static void write_gzip(const struct fixture *fixture, const char *data, size_t length, const char *mode)
{
    gzFile file = gzopen(fixture->path, mode);
    assert_non_null(file);
    assert_int_equal(gzwrite(file, data, (unsigned)length), length);
    gzclose(file);
}

/* All lines of the fixture's file, "#NUMBER:LINE|" each; too long ones "#NUMBER!|". */
static enum hl_status read_all(const struct fixture *fixture, char *out, size_t size, struct hl_error *error)
{
    struct ctl_input *input;
    assert_int_equal(ctl_input_open(fixture->path, &input, error), HL_OK);
    out[0] = '\0';
    size_t at = 0;
    for (;;) {
        enum ctl_line kind;
        const char *line;
        size_t length;
        enum hl_status status = ctl_input_read(input, &kind, &line, &length, error);
        if (kind == CTL_LINE_END) {
            assert_int_equal(ctl_input_bytes(input) <= ctl_input_file_bytes(fixture->path), 1);
            ctl_input_close(input);
            return status;
        }
        assert_int_equal(status, HL_OK);
        assert_int_not_equal(kind, CTL_LINE_NONE);
        unsigned number = (unsigned)ctl_input_line_number(input);
        if (kind == CTL_LINE_TOO_LONG)
            at += (size_t)snprintf(out + at, size - at, "#%u!|", number);
        else
            at += (size_t)snprintf(out + at, size - at, "#%u:%.*s|", number, (int)length, line);
        assert_true(at < size);
    }
}

static void expect_lines(const struct fixture *fixture, const char *expected)
{
    char lines[4096];
    struct hl_error error;
    assert_int_equal(read_all(fixture, lines, sizeof lines, &error), HL_OK);
    assert_string_equal(lines, expected);
}

static void plain_lines(void **state)
{
    static const struct {
        const char *text, *expected;
    } cases[] = {
        {"", ""},
        {"\n\n", ""},
        {"a", "#1:a|"},
        {"a\nb\n", "#1:a|#2:b|"},
        {"a\r\nb", "#1:a|#2:b|"},
        {"a\n \t\r\n\nb\n", "#1:a|#4:b|"},
        {"\xEF\xBB\xBF{}\nb", "#1:{}|#2:b|"},
        {"\xEF\xBB", "#1:\xEF\xBB|"},
        {"\x1F\nx", "#1:\x1F|#2:x|"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_file(*state, cases[i].text, strlen(cases[i].text));
        expect_lines(*state, cases[i].expected);
    }
}

static void gzip_lines_and_members(void **state)
{
    write_gzip(*state, "a\nb", 3, "wb");
    expect_lines(*state, "#1:a|#2:b|");
    write_gzip(*state, "c\nd\n", 4, "ab"); /* a second member goes on where the first ended */
    expect_lines(*state, "#1:a|#2:bc|#3:d|");
}

/* Much more output than one piece holds, from few bytes. */
static void gzip_of_long_output(void **state)
{
    enum { LINES = 40000, BYTES = 50 };
    char *data = malloc((size_t)LINES * BYTES);
    memset(data, 'x', (size_t)LINES * BYTES);
    for (size_t i = 1; i <= LINES; i++)
        data[i * BYTES - 1] = '\n';
    write_gzip(*state, data, (size_t)LINES * BYTES, "wb9");
    struct ctl_input *input;
    struct hl_error error;
    assert_int_equal(ctl_input_open(((struct fixture *)*state)->path, &input, &error), HL_OK);
    size_t count = 0, length;
    enum ctl_line kind;
    const char *line;
    while (ctl_input_read(input, &kind, &line, &length, &error) == HL_OK && kind == CTL_LINE) {
        assert_int_equal(length, BYTES - 1);
        count++;
    }
    assert_int_equal(kind, CTL_LINE_END);
    assert_int_equal(count, LINES);
    assert_int_equal(ctl_input_bytes(input), ctl_input_file_bytes(((struct fixture *)*state)->path));
    ctl_input_close(input);
    free(data);
}

static void long_lines_are_passed_over(void **state)
{
    size_t length = 3 * CTL_INPUT_LINE_MAX_BYTES + 8;
    char *data = malloc(length);
    memset(data, 'x', length);
    memcpy(data, "a\n", 2);
    memcpy(data + length - 3, "\nb\n", 3);
    write_file(*state, data, length);
    expect_lines(*state, "#1:a|#2!|#3:b|");
    write_file(*state, data, length - 3); /* the file ends inside it */
    expect_lines(*state, "#1:a|#2!|");
    write_gzip(*state, data, length, "wb");
    expect_lines(*state, "#1:a|#2!|#3:b|");
    data[2 + CTL_INPUT_LINE_MAX_BYTES] = '\n'; /* exactly the limit */
    char *lines = malloc(length + 64);
    struct hl_error error;
    write_file(*state, data, length);
    assert_int_equal(read_all(*state, lines, length + 64, &error), HL_OK);
    assert_memory_equal(lines, "#1:a|#2:xxx", 11);
    assert_non_null(strstr(lines, "x|#3!|#4:b|"));
    free(lines);
    free(data);
}

static void damaged_gzip_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    write_gzip(fixture, "a\nb\n", 4, "wb");
    unsigned char bytes[256];
    FILE *file = fopen(fixture->path, "rb");
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    char lines[64];
    struct hl_error error;
    for (size_t cut = 2; cut < length; cut++) {
        write_file(fixture, bytes, cut);
        assert_int_equal(read_all(fixture, lines, sizeof lines, &error), HL_CORRUPT);
        assert_non_null(strstr(error.message, fixture->path));
    }
    bytes[length] = '?'; /* something else after the last member */
    write_file(fixture, bytes, length + 1);
    assert_int_equal(read_all(fixture, lines, sizeof lines, &error), HL_CORRUPT);
    assert_string_equal(lines, "#1:a|#2:b|");
    bytes[length - 5] ^= 1; /* the checksum */
    write_file(fixture, bytes, length);
    assert_int_equal(read_all(fixture, lines, sizeof lines, &error), HL_CORRUPT);
}

static void missing_file_is_an_error(void **state)
{
    (void)state;
    struct ctl_input *input = NULL;
    struct hl_error error;
    assert_int_equal(ctl_input_open("/nonexistent/headlines", &input, &error), HL_IO);
    assert_null(input);
    assert_non_null(strstr(error.message, "/nonexistent/headlines"));
    assert_int_equal(ctl_input_file_bytes("/nonexistent/headlines"), 0);
}

/* A line of a pipe comes out as soon as it is there, though more may follow, in plain and in compressed form. */
static void pipe_lines_come_at_once(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    int writer = open(fixture->path, O_RDWR | O_CLOEXEC);
    struct ctl_input *input;
    struct hl_error error;
    assert_int_equal(ctl_input_open(fixture->path, &input, &error), HL_OK);
    const char *line;
    size_t length;
    assert_int_equal(ctl_input_next(input, &line, &length), CTL_LINE_NONE);
    static const char *const pieces[] = {"f", "irst\nsec", "ond\n"};
    static const char *const expected[] = {NULL, "first", "second"};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(write(writer, pieces[i], strlen(pieces[i])), strlen(pieces[i]));
        assert_false(ctl_input_has_buffered(input));
        assert_int_equal(ctl_input_fill(input, &error), HL_OK);
        assert_int_equal(ctl_input_next(input, &line, &length), expected[i] ? CTL_LINE : CTL_LINE_NONE);
        if (expected[i])
            assert_memory_equal(line, expected[i], length);
        if (expected[i])
            assert_int_equal(ctl_input_next(input, &line, &length), CTL_LINE_NONE);
    }
    close(writer);
    assert_int_equal(ctl_input_fill(input, &error), HL_OK);
    assert_int_equal(ctl_input_next(input, &line, &length), CTL_LINE_END);
    ctl_input_close(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(plain_lines, begin, end),
        cmocka_unit_test_setup_teardown(gzip_lines_and_members, begin, end),
        cmocka_unit_test_setup_teardown(gzip_of_long_output, begin, end),
        cmocka_unit_test_setup_teardown(long_lines_are_passed_over, begin, end),
        cmocka_unit_test_setup_teardown(damaged_gzip_is_an_error, begin, end),
        cmocka_unit_test(missing_file_is_an_error),
        cmocka_unit_test_setup_teardown(pipe_lines_come_at_once, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
