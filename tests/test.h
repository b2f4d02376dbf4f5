/* Tests: cmocka, with tests named by sentences and collected by the linker.
 *
 *     TEST("gives the key to one worker at a time") { assert_true(…); }
 *
 * A test file holds only TESTs and helpers; tests/main.c runs them all and prints TAP. A program's first
 * argument, when given, is a part of the names to run.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct test_entry {
    const char *name;
    const char *file;
    void (*run)(void **state);
};

#define TEST_CONCAT_(a, b) a##b
#define TEST_CONCAT(a, b)  TEST_CONCAT_(a, b)
#define TEST(sentence)     TEST_NUMBERED(sentence, __COUNTER__)
#define TEST_NUMBERED(sentence, number)                                                                      \
    static void TEST_CONCAT(test_, number)(void **);                                                         \
    static const struct test_entry TEST_CONCAT(test_entry_, number) = { sentence, __FILE__,                  \
                                                                        TEST_CONCAT(test_, number) };        \
    static const struct test_entry *const TEST_CONCAT(test_pointer_, number)                                 \
        __attribute__((used, retain, section("tests"))) = &TEST_CONCAT(test_entry_, number);                 \
    static void TEST_CONCAT(test_, number)(void **state_ __attribute__((unused)))
