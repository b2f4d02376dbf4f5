#include "neo4j/info.h"

#include "neo4j/rows.h"

const char info_components_query[] = "CALL dbms.components()";
const char info_dbms_query[] = "CALL dbms.info()";

bool info_read_kernel(struct arena *arena, const struct neo4j_result *result, struct info_kernel *out_kernel,
                      struct error *err) {
    for (size_t i = 0; i < neo4j_result_rows(result); i++) {
        struct text_list versions = row_texts(arena, result, i, "versions");
        if (!str_equal(row_string(result, i, "name"), "Neo4j Kernel") || !versions.count)
            continue;
        *out_kernel =
            (struct info_kernel){ .version = versions.items[0], .edition = row_string(result, i, "edition") };
        return true;
    }
    return error_set(err, ERROR_PROTOCOL, "dbms.components() names no Neo4j Kernel");
}

bool info_read_dbms(struct arena *arena, const struct neo4j_result *result, struct info_dbms *out_dbms,
                    struct error *err) {
    struct info_dbms dbms = {
        .id = row_string(result, 0, "id"),
        .name = row_string(result, 0, "name"),
        .creation_date = row_string(result, 0, "creationDate"),
    };

    if (str_empty(dbms.id))
        return error_set(err, ERROR_PROTOCOL, "dbms.info() has no id");
    *out_dbms = dbms;
    return true;
}
