#include "sim/node/log_store.h"
#include "sim/node/node.h"
#include "test.h"

#include <stdio.h>

TEST("gives back lines with their times, from where the reader stopped") {
    struct log_store *store = log_store_new();
    CLEANUP_BUFFER struct buffer out = { 0 };
    uint64_t offset = 0;
    bool has_ended;
    log_store_add(store, 0, "first");
    log_store_read(store, &offset, &out, &has_ended);
    assert_string_equal(buffer_string(&out), "1970-01-01T00:00:00.000000000Z first\n");
    assert_false(has_ended);
    log_store_add(store, 1500000000, "second");
    log_store_end(store);
    buffer_reset(&out);
    log_store_read(store, &offset, &out, &has_ended);
    assert_string_equal(buffer_string(&out), "1970-01-01T00:00:01.500000000Z second\n");
    assert_true(has_ended);
    log_store_free(store);
}

TEST("keeps the newest whole lines when there are too many") {
    struct log_store *store = log_store_new();
    CLEANUP_BUFFER struct buffer out = { 0 };
    uint64_t offset = 0;
    bool has_ended;
    char line[100];
    for (int i = 0; i < 20000; i++) {
        snprintf(line, sizeof(line), "line %d", i);
        log_store_add(store, 0, line);
    }
    log_store_read(store, &offset, &out, &has_ended);
    assert_true(out.length <= NODE_LOG_BYTES_MAX);
    assert_true(out.length >= NODE_LOG_BYTES_MAX / 2);
    assert_int_equal(strncmp(out.data, "1970-", 5), 0);
    assert_true(text_ends_with(buffer_text(&out), "line 19999\n"));
    buffer_reset(&out);
    log_store_read(store, &offset, &out, &has_ended);
    assert_int_equal(out.length, 0);
    log_store_free(store);
}
