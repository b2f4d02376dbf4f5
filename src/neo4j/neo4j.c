#include "neo4j/neo4j.h"

size_t neo4j_result_rows(const struct neo4j_result *result) {
    return bolt_length(&result->rows);
}

size_t neo4j_result_column(const struct neo4j_result *result, const char *column) {
    size_t index = 0;

    BOLT_FOR_EACH_ITEM(name, &result->columns) {
        if (str_equal(bolt_string(name, NULL), column))
            return index;
        index++;
    }
    return SIZE_MAX;
}

const struct bolt_value *neo4j_result_get(const struct neo4j_result *result, size_t row, const char *column) {
    return bolt_item(bolt_item(&result->rows, row), neo4j_result_column(result, column));
}
