/*
 * test_address.c - default socket paths and HOST:PORT.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "support/address.h"

static void default_socket_depends_on_user(void **state)
{
    (void)state;
    char path[HL_ADDRESS_SOCKET_BYTES];
    assert_int_equal(hl_address_default_socket(0, "/run/user/0", path, NULL), HL_OK);
    assert_string_equal(path, "/run/headlined/headlined.sock");
    assert_int_equal(hl_address_default_socket(1000, "/run/user/1000", path, NULL), HL_OK);
    assert_string_equal(path, "/run/user/1000/headlined.sock");
    assert_int_equal(hl_address_default_socket(1000, NULL, path, NULL), HL_OK);
    assert_string_equal(path, "/tmp/headlined-1000.sock");
    assert_int_equal(hl_address_default_socket(1000, "", path, NULL), HL_OK);
    assert_string_equal(path, "/tmp/headlined-1000.sock");
}

static void default_socket_refuses_long_directory(void **state)
{
    (void)state;
    char folder[200], path[HL_ADDRESS_SOCKET_BYTES] = "before";
    memset(folder, 'x', sizeof folder - 1);
    folder[sizeof folder - 1] = '\0';
    struct hl_error error;
    assert_int_equal(hl_address_default_socket(1000, folder, path, &error), HL_TOO_LARGE);
    assert_string_equal(path, "before");
    assert_string_equal(error.field, "socket");
}

static void address_is_read(void **state)
{
    (void)state;
    struct hl_address address;
    assert_int_equal(hl_address_parse(HL_ADDRESS_DEFAULT_TCP, &address, NULL), HL_OK);
    assert_string_equal(address.host, "127.0.0.1");
    assert_int_equal(address.port, 7878);
    assert_int_equal(hl_address_parse("[::1]:65535", &address, NULL), HL_OK);
    assert_string_equal(address.host, "::1");
    assert_int_equal(address.port, 65535);
    assert_int_equal(hl_address_parse("localhost:0", &address, NULL), HL_OK);
    assert_string_equal(address.host, "localhost");
    assert_int_equal(address.port, 0);
}

static void bad_address_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",       "localhost", ":7878",        "localhost:",       "localhost:65536", "localhost:x1",
        "::1:78", "[]:1",      "localhost:-1", "localhost:000001", "localhost: 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct hl_address address = {.host = "before", .port = 1};
        struct hl_error error;
        assert_int_equal(hl_address_parse(bad[i], &address, &error), HL_INVALID);
        assert_string_equal(address.host, "before");
        assert_string_equal(error.field, "address");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(default_socket_depends_on_user),
        cmocka_unit_test(default_socket_refuses_long_directory),
        cmocka_unit_test(address_is_read),
        cmocka_unit_test(bad_address_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
