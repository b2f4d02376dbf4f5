#include "test.h"

#include "base/listen.h"
#include "base/text.h"

#include <unistd.h>

TEST("it listens on a host, on all addresses, on IPv6, and on any free port") {
    static const char *const addresses[] = { "127.0.0.1:0", ":0", "localhost:0", "[::1]:0" };

    for (size_t i = 0; i < ARRAY_LENGTH(addresses); i++) {
        struct error err = { 0 };
        uint16_t port = 0;
        int descriptor;
        if (!listen_on(addresses[i], &descriptor, &port, &err)) {
            /* A machine need not have IPv6. */
            assert_string_equal(addresses[i], "[::1]:0");
            continue;
        }
        assert_int_not_equal(port, 0);
        close(descriptor);
    }
}

TEST("an address that is none, or taken, is named") {
    static const struct {
        const char *address;
        enum error_kind kind;
    } rows[] = {
        { "8080", ERROR_INVALID },         { "host:", ERROR_INVALID }, { ":65536", ERROR_INVALID },
        { ":-1", ERROR_INVALID },          { "", ERROR_INVALID },      { "[::1:0", ERROR_INTERNAL },
        { "192.0.2.1:0", ERROR_INTERNAL },
    };

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        struct error err = { 0 };
        uint16_t port;
        int descriptor;
        assert_false(listen_on(rows[i].address, &descriptor, &port, &err));
        if (err.kind != rows[i].kind)
            fail_msg("%s: %s", rows[i].address, err.text);
        assert_non_null(strstr(err.text, rows[i].address));
    }
}

TEST("a port that is taken is an error") {
    struct error err = { 0 };
    uint16_t port, other;
    int first, second;

    assert_true(listen_on("127.0.0.1:0", &first, &port, &err));
    CLEANUP_FREE char *same = xprintf("127.0.0.1:%u", port);
    assert_false(listen_on(same, &second, &other, &err));
    assert_int_equal(err.kind, ERROR_INTERNAL);
    close(first);
}
