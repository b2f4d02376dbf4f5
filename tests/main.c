#include "test.h"

#include <stdio.h>
#include <stdlib.h>

extern const struct test_entry *const __start_tests[];
extern const struct test_entry *const __stop_tests[];

int main(int argc, char **argv) {
    size_t count = 0;
    struct CMUnitTest *tests = calloc((size_t)(__stop_tests - __start_tests) + 1, sizeof(*tests));

    for (const struct test_entry *const *entry = __start_tests; entry < __stop_tests; entry++)
        if (argc < 2 || strstr((*entry)->name, argv[1]))
            tests[count++] = (struct CMUnitTest){ .name = (*entry)->name, .test_func = (*entry)->run };
    if (!count) {
        fprintf(stderr, "no test has a name with '%s'\n", argc < 2 ? "" : argv[1]);
        return 2;
    }
    cmocka_set_message_output(CM_OUTPUT_TAP);
    int failed = _cmocka_run_group_tests("tests", tests, count, NULL, NULL);
    free(tests);
    return failed ? 1 : 0;
}
