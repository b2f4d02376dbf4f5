#include "controllers/memo.h"

#include "test.h"
#include "yaml.h"

#define CLUSTER(spec)                                                                                        \
    "{apiVersion: neo4j.neo4j.com/v1alpha1, kind: Neo4jEnterpriseCluster, metadata: {name: a, namespace: "   \
    "default}, spec: " spec "}"
#define SOUND                                                                                                \
    CLUSTER("{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 3}, storage: {size: 1Gi}}")
#define WRONG                                                                                                \
    CLUSTER("{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: none}, storage: {size: "     \
            "1Gi}}")
#define DOUBTFUL                                                                                             \
    CLUSTER("{image: {repo: neo4j, tag: 5.26.0-enterprise}, topology: {servers: 4}, storage: {size: 1Gi}}")

TEST("what is wrong or doubtful is said at each pass, and what is sound is looked at again once it changes") {
    static const struct {
        const char *object;
        bool has_errors;
        bool has_warnings;
    } passes[] = { { SOUND, false, false },   { SOUND, false, false }, { WRONG, true, false },
                   { WRONG, true, false },    { SOUND, false, false }, { DOUBTFUL, false, true },
                   { DOUBTFUL, false, true }, { SOUND, false, false }, { WRONG, true, false } };
    CLEANUP_POINTER(judge_free) struct judge *judge = judge_new();
    CLEANUP_POINTER(memos_free) struct memos *memos = memos_new();
    struct memo *memo = memos_of(memos, "cluster/default/a");

    for (size_t i = 0; i < ARRAY_LENGTH(passes); i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct verdict verdict = memo_judge(memo, judge, arena, api_kind_find("Neo4jEnterpriseCluster"),
                                            yaml_value(arena, passes[i].object));
        if (!verdict.errors.count == passes[i].has_errors ||
            !verdict.warnings.count == passes[i].has_warnings)
            fail_msg("pass %zu: %zu errors, %zu warnings", i, verdict.errors.count, verdict.warnings.count);
    }
}
