#include "test.h"

#include "bolt/value_json.h"
#include "neo4j/privileges.h"

/* All privileges of a statement, a line each, in their order; of a refusal what it says. */
static const char *read_back(struct arena *arena, const char *text, const struct privilege_options *options) {
    struct privilege_statement statement = { 0 };
    struct error err = { 0 };
    const char *all = "";

    if (!privilege_read(arena, text, options, &statement, &err))
        return arena_strdup(arena, err.text);
    for (size_t i = 0; i < statement.set.count; i++)
        all =
            arena_printf(arena, "%s%s%s", all, i ? "\n" : "", privilege_text(arena, &statement.set.items[i]));
    return all;
}

TEST("a statement is all combinations of what it lists, in one spelling") {
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        { "GRANT ACCESS ON DATABASE * TO admin", "GRANT ACCESS ON DATABASE * TO `admin`" },
        { "grant access on databases Sales, `other-one` to r",
          "GRANT ACCESS ON DATABASE `other-one` TO `r`\nGRANT ACCESS ON DATABASE sales TO `r`" },
        { "GRANT MATCH {*} ON GRAPH * TO r",
          "GRANT MATCH {*} ON GRAPH * NODE * TO `r`\nGRANT MATCH {*} ON GRAPH * RELATIONSHIP * TO `r`" },
        { "GRANT READ {a, b} ON HOME GRAPH NODES A, B (*) TO r, s",
          "GRANT READ {a} ON HOME GRAPH NODE A TO `r`\nGRANT READ {b} ON HOME GRAPH NODE A TO `r`\n"
          "GRANT READ {a} ON HOME GRAPH NODE B TO `r`\nGRANT READ {b} ON HOME GRAPH NODE B TO `r`\n"
          "GRANT READ {a} ON HOME GRAPH NODE A TO `s`\nGRANT READ {b} ON HOME GRAPH NODE A TO `s`\n"
          "GRANT READ {a} ON HOME GRAPH NODE B TO `s`\nGRANT READ {b} ON HOME GRAPH NODE B TO `s`" },
        { "DENY TRAVERSE ON GRAPH g ELEMENTS X TO r",
          "DENY TRAVERSE ON GRAPH g NODE X TO `r`\nDENY TRAVERSE ON GRAPH g RELATIONSHIP X TO `r`" },
        { "GRANT TRAVERSE ON GRAPH * FOR (n:A) WHERE n.to='x' TO r",
          "GRANT TRAVERSE ON GRAPH * FOR ( n : A ) WHERE n . to = 'x' TO `r`" },
        { "GRANT TRAVERSE ON GRAPH * FOR (`n`:A) where n.`to`=\"x\" TO r",
          "GRANT TRAVERSE ON GRAPH * FOR ( n : A ) WHERE n . `to` = 'x' TO `r`" },
        { "GRANT WRITE ON GRAPHS a.b TO r", "GRANT WRITE ON GRAPH `a.b` TO `r`" },
        { "GRANT ALL ON GRAPH g TO r", "GRANT ALL GRAPH PRIVILEGES ON GRAPH g TO `r`" },
        { "GRANT ALL PRIVILEGES ON DATABASE g TO r", "GRANT ALL DATABASE PRIVILEGES ON DATABASE g TO `r`" },
        { "GRANT ALL DBMS PRIVILEGES ON DBMS TO r", "GRANT ALL DBMS PRIVILEGES ON DBMS TO `r`" },
        { "GRANT SET LABEL A, B ON GRAPH g TO r",
          "GRANT SET LABEL A ON GRAPH g TO `r`\nGRANT SET LABEL B ON GRAPH g TO `r`" },
        { "GRANT SET PROPERTY {p} ON GRAPH g RELATIONSHIP T TO r",
          "GRANT SET PROPERTY {p} ON GRAPH g RELATIONSHIP T TO `r`" },
        { "GRANT CREATE ON GRAPH g NODE A TO r", "GRANT CREATE ON GRAPH g NODE A TO `r`" },
        { "GRANT CREATE INDEXES ON DATABASE g TO r", "GRANT CREATE INDEX ON DATABASE g TO `r`" },
        { "GRANT INDEX ON DATABASE g TO r", "GRANT INDEX MANAGEMENT ON DATABASE g TO `r`" },
        { "GRANT CREATE NEW LABELS ON DATABASE g TO r", "GRANT CREATE NEW NODE LABEL ON DATABASE g TO `r`" },
        { "GRANT TRANSACTION ON DATABASE g TO r", "GRANT TRANSACTION MANAGEMENT (*) ON DATABASE g TO `r`" },
        { "GRANT SHOW TRANSACTIONS (ann, bob) ON HOME DATABASE TO r",
          "GRANT SHOW TRANSACTION (ann) ON HOME DATABASE TO `r`\n"
          "GRANT SHOW TRANSACTION (bob) ON HOME DATABASE TO `r`" },
        { "GRANT EXECUTE PROCEDURES apoc.load.*, db.`x y` ON DBMS TO r",
          "GRANT EXECUTE PROCEDURE apoc.load.* ON DBMS TO `r`\n"
          "GRANT EXECUTE PROCEDURE `db.x y` ON DBMS TO `r`" },
        { "GRANT EXECUTE USER DEFINED FUNCTION * ON DBMS TO r", "GRANT EXECUTE FUNCTION * ON DBMS TO `r`" },
        { "GRANT EXECUTE ADMINISTRATOR PROCEDURES ON DBMS TO r",
          "GRANT EXECUTE ADMIN PROCEDURES ON DBMS TO `r`" },
        { "GRANT IMPERSONATE ON DBMS TO r", "GRANT IMPERSONATE (*) ON DBMS TO `r`" },
        { "GRANT ROLE MANAGEMENT ON DBMS TO r", "GRANT ROLE MANAGEMENT ON DBMS TO `r`" },
        { "GRANT SHOW SETTING dbms.*, db.? ON DBMS TO r",
          "GRANT SHOW SETTING db.? ON DBMS TO `r`\nGRANT SHOW SETTING dbms.* ON DBMS TO `r`" },
        { "GRANT LOAD ON ALL DATA TO r", "GRANT LOAD ON ALL DATA TO `r`" },
        { "DENY LOAD ON CIDR \"10.0.0.0/8\" TO r", "DENY LOAD ON CIDR '10.0.0.0/8' TO `r`" },
        { "GRANT IMMUTABLE ACCESS ON DATABASE * TO `PUBLIC`",
          "GRANT IMMUTABLE ACCESS ON DATABASE * TO `PUBLIC`" },
        { "REVOKE DENY ACCESS ON DATABASE g FROM r", "DENY ACCESS ON DATABASE g TO `r`" },
        { "REVOKE IMMUTABLE GRANT ACCESS ON DATABASE g FROM r",
          "GRANT IMMUTABLE ACCESS ON DATABASE g TO `r`" },
        { "GRANT MATCH {`a``b`, `c\\u005Cd`} ON GRAPH g NODE `TO` TO `r-1`",
          "GRANT MATCH {`a``b`} ON GRAPH g NODE `TO` TO `r-1`\n"
          "GRANT MATCH {`c\\u005Cd`} ON GRAPH g NODE `TO` TO `r-1`" },
        { "GRANT MATCH {*} ON GRAPH g NODE `*` TO r", "GRANT MATCH {*} ON GRAPH g NODE `*` TO `r`" },
        { "GRANT ACCESS ON DATABASE a,a , A TO r,r", "GRANT ACCESS ON DATABASE a TO `r`" },
        { "GRANT TRAVERSE ON GRAPH g NODE Größe TO r", "GRANT TRAVERSE ON GRAPH g NODE `Größe` TO `r`" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *got = read_back(arena, rows[i].text, NULL);
        if (!str_equal(got, rows[i].wanted))
            fail_msg("%s: got\n%s\nwanted\n%s", rows[i].text, got, rows[i].wanted);
    }
}

TEST("says what is wrong with a statement, and where") {
    static const struct {
        const char *text;
        const char *wanted;
    } rows[] = {
        { "", "at character 1: expected GRANT, DENY or REVOKE, got 'the end'" },
        { "DROP USER neo4j", "at character 1: expected GRANT, DENY or REVOKE, got 'DROP'" },
        { "GRANT FLY ON DBMS TO r",
          "at character 7: expected a privilege such as MATCH {*}, ACCESS or EXECUTE PROCEDURE, got 'FLY'" },
        { "GRANT ACCESS TO r",
          "ACCESS: it must say ON GRAPH, ON DATABASE, ON DBMS or, of LOAD, ON ALL DATA or CIDR" },
        { "GRANT ACCESS ON GRAPH g TO r", "ACCESS is a privilege ON DATABASE" },
        { "GRANT LOAD ON DBMS TO r", "LOAD is a privilege ON ALL DATA or CIDR" },
        { "GRANT READ ON GRAPH g TO r",
          "at character 12: expected properties in braces, such as {*}, got 'ON'" },
        { "GRANT READ {} ON GRAPH g TO r", "at character 13: expected the name of a property, got '}'" },
        { "GRANT READ {a b} ON GRAPH g TO r", "at character 15: expected ',' or '}', got 'b'" },
        { "GRANT ACCESS ON DATABASE g FROM r", "at character 28: expected TO, got 'FROM'" },
        { "REVOKE ACCESS ON DATABASE g TO r", "at character 29: expected FROM, got 'TO'" },
        { "GRANT ACCESS ON DATABASE my-db TO r", "at character 28: expected TO, got '-'" },
        { "GRANT ACCESS ON DATABASE g TO r; DROP USER neo4j",
          "at character 32: expected the end (a name with other characters than letters, digits and _ needs "
          "backticks), got ';'" },
        { "GRANT ACCESS ON DATABASE $db TO r",
          "at character 26: expected the name of a database or *, got '$'" },
        { "GRANT ACCESS ON DATABASE g TO $role", "at character 31: expected the name of a role, got '$'" },
        { "GRANT ACCESS ON DATABASE g", "at character 27: expected TO, got 'the end'" },
        { "GRANT WRITE ON GRAPH g NODE A TO r", "at character 24: expected TO, got 'NODE'" },
        { "GRANT CREATE ON GRAPH g FOR (n) TO r", "at character 25: expected TO, got 'FOR'" },
        { "GRANT TRAVERSE ON GRAPH g FOR (n TO r", "at character 38: expected ')', got 'the end'" },
        { "GRANT TRAVERSE ON GRAPH g FOR (n)) TO r",
          "at character 34: expected an open bracket before it, got ')'" },
        { "GRANT TRAVERSE ON GRAPH g FOR n TO r",
          "at character 31: expected a pattern in brackets, got 'n'" },
        { "GRANT TRAVERSE ON GRAPH g FOR (n) WHERE n.a = $x TO r",
          "at character 47: expected a pattern of fixed values, got '$'" },
        { "GRANT LOAD ON CIDR x TO r",
          "at character 20: expected a range of addresses in quotes, such as '10.0.0.0/8', got 'x'" },
        { "DENY ROLE a TO u",
          "at character 6: expected a privilege such as MATCH {*}, ACCESS or EXECUTE PROCEDURE, got 'ROLE'" },
        { "REVOKE GRANT IMMUTABLE ACCESS ON DATABASE g FROM r",
          "at character 14: expected a privilege such as MATCH {*}, ACCESS or EXECUTE PROCEDURE, got "
          "'IMMUTABLE'" },
        { "GRANT ACCESS ON DATABASE `g TO r", "at character 26: the quote ` does not end" },
        { "GRANT ACCESS ON DATABASE `` TO r", "at character 26: a name can't be empty" },
        { "GRANT ACCESS ON DATABASE `a\\u0060` TO r", "at character 33: this is no escape that can be used" },
        { "GRANT LOAD ON CIDR '\\x' TO r", "at character 21: this is no escape that can be used" },
        { "GRANT ACCESS\001", "at character 13: a control character can't stand here" },
        { "GRANT \xFF", "it is no UTF-8" },
    };
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(rows); i++) {
        const char *got = read_back(arena, rows[i].text, NULL);
        if (!str_equal(got, rows[i].wanted))
            fail_msg("%s: got\n%s\nwanted\n%s", rows[i].text, got, rows[i].wanted);
    }
}

TEST("refuses what is too long or multiplies too far") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    CLEANUP_BUFFER struct buffer text = { 0 };
    struct privilege_statement statement;
    struct error err = { 0 };

    buffer_add_string(&text, "GRANT READ {");
    for (int i = 0; i < 400; i++)
        buffer_printf(&text, "%sp%d", i ? "," : "", i);
    buffer_add_string(&text, "} ON GRAPH g NODES ");
    for (int i = 0; i < 400; i++)
        buffer_printf(&text, "%sL%d", i ? "," : "", i);
    buffer_add_string(&text, " TO r");
    assert_false(privilege_read(arena, buffer_string(&text), NULL, &statement, &err));
    assert_non_null(strstr(err.text, "more than 100000 combinations"));
    while (text.length <= PRIVILEGE_STATEMENT_BYTES_MAX)
        buffer_add_char(&text, ' ');
    assert_false(privilege_read(arena, buffer_string(&text), NULL, &statement, &err));
    assert_non_null(strstr(err.text, "65536 bytes at most"));
}

TEST("reads memberships, and statements that leave the role to their object") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct privilege_statement statement;
    const struct privilege_options options = { .role = "analyst" };

    assert_true(privilege_read(arena, "GRANT ROLES reader, `a b` TO ann, `b@c`", NULL, &statement, NULL));
    assert_true(statement.is_membership);
    assert_int_equal(statement.verb, VERB_GRANT);
    assert_int_equal(statement.roles.count, 2);
    assert_string_equal(statement.roles.items[1], "a b");
    assert_string_equal(statement.users.items[1], "b@c");
    assert_true(privilege_read(arena, "REVOKE ROLE reader FROM ann", NULL, &statement, NULL));
    assert_int_equal(statement.verb, VERB_REVOKE);
    assert_string_equal(read_back(arena, "GRANT ACCESS ON DATABASE g", &options),
                        "GRANT ACCESS ON DATABASE g TO `analyst`");
    assert_string_equal(read_back(arena, "GRANT ACCESS ON DATABASE g TO other", &options),
                        "GRANT ACCESS ON DATABASE g TO `other`");
    assert_string_equal(read_back(arena, "GRANT TRAVERSE ON GRAPH g FOR (n:A)", &options),
                        "GRANT TRAVERSE ON GRAPH g FOR ( n : A ) TO `analyst`");
}

/* What a fresh server says of its own roles, suffixes left out. Source: Operations Manual, "Built-in roles
 * and privileges". */
static const char *const builtin[] = {
    "GRANT ACCESS ON HOME DATABASE",
    "GRANT EXECUTE FUNCTION * ON DBMS",
    "GRANT EXECUTE PROCEDURE * ON DBMS",
    "GRANT LOAD ON ALL DATA",
    "GRANT ACCESS ON DATABASE *",
    "GRANT MATCH {*} ON GRAPH * NODE *",
    "GRANT MATCH {*} ON GRAPH * RELATIONSHIP *",
    "GRANT SHOW CONSTRAINT ON DATABASE *",
    "GRANT SHOW INDEX ON DATABASE *",
    "GRANT WRITE ON GRAPH *",
    "GRANT NAME MANAGEMENT ON DATABASE *",
    "GRANT CONSTRAINT MANAGEMENT ON DATABASE *",
    "GRANT INDEX MANAGEMENT ON DATABASE *",
    "GRANT ALL DBMS PRIVILEGES ON DBMS",
    "GRANT START ON DATABASE *",
    "GRANT STOP ON DATABASE *",
    "GRANT TRANSACTION MANAGEMENT (*) ON DATABASE *",
};

TEST("what servers say of their own roles reads back to the same text") {
    CLEANUP_ARENA struct arena *arena = arena_new();

    for (size_t i = 0; i < ARRAY_LENGTH(builtin); i++) {
        const char *text = arena_printf(arena, "%s TO `admin`", builtin[i]);
        assert_string_equal(read_back(arena, text, NULL), text);
    }
}

/* One privilege of each kind, with whatever it can have. */
static struct privilege sample(const struct privilege_kind *kind, unsigned variant) {
    struct privilege privilege = {
        .kind = kind, .is_denied = variant & 1, .is_immutable = variant & 2, .role = "weird `role`"
    };

    if (kind->argument != ARGUMENT_NONE)
        privilege.argument = variant & 4 ? "b a.*" : kind->argument == ARGUMENT_GLOBS ? "*" : NULL;
    if (kind->scope == PRIVILEGE_ON_LOAD || kind->scope == PRIVILEGE_ON_DBMS)
        privilege.target = kind->scope == PRIVILEGE_ON_LOAD && variant & 8 ? TARGET_NAMED : TARGET_ALL;
    else
        privilege.target = variant & 8 ? TARGET_NAMED : variant & 4 ? TARGET_HOME : TARGET_ALL;
    privilege.graph = privilege.target == TARGET_NAMED ? "a-b.c" : NULL;
    if (kind->part != PART_NONE)
        privilege.entity = variant & 16 ? ENTITY_RELATIONSHIP : ENTITY_NODE;
    privilege.label = kind->part != PART_NONE && variant & 8 ? "\\u0041 '" : NULL;
    if (kind->part == PART_ENTITIES_OR_PATTERN && (variant & 24) == 24) {
        privilege.entity = ENTITY_PATTERN;
        privilege.label = "( n : A { a : 'x\\'y' } )";
    }
    return privilege;
}

TEST("what is written of any privilege reads back to the same, and revokes the same") {
    struct dialect dialect = { .version = version_parse("2026.08.0"), .language = CYPHER_25 };

    for (size_t i = 0; i < privilege_kind_count * 32; i++) {
        CLEANUP_ARENA struct arena *arena = arena_new();
        struct privilege privilege = sample(&privilege_kinds[i / 32], i % 32);
        struct privilege_statement statement;
        struct error err = { 0 };
        const struct administration *grant = NULL;
        const char *text = privilege_text(arena, &privilege);

        if (!privilege_read(arena, text, NULL, &statement, &err))
            fail_msg("%s: %s", text, err.text);
        if (statement.set.count != 1 || privilege_order(&statement.set.items[0], &privilege))
            fail_msg("%s became %s", text, privilege_text(arena, &statement.set.items[0]));
        assert_true(privilege_grant(arena, &dialect, &privilege, &grant, &err));
        assert_non_null(strstr(grant->statement.text, text));
        const char *revoke = privilege_revoke(arena, &dialect, &privilege)->statement.text;
        assert_true(str_starts_with(revoke, "CYPHER 25 "));
        assert_true(privilege_read(arena, revoke + strlen("CYPHER 25 "), NULL, &statement, &err));
        assert_int_equal(statement.verb, privilege.is_denied ? VERB_REVOKE_DENY : VERB_REVOKE_GRANT);
        assert_int_equal(privilege_order(&statement.set.items[0], &privilege), 0);
    }
}

TEST("kinds are sorted within their scope, and each is written in its own spelling") {
    for (size_t i = 0; i < privilege_kind_count; i++) {
        const struct privilege_kind *kind = &privilege_kinds[i];
        const struct privilege_kind *before = i ? &privilege_kinds[i - 1] : NULL;
        if (before && (before->scope > kind->scope ||
                       (before->scope == kind->scope && strcmp(before->words, kind->words) >= 0)))
            fail_msg("%s is not in order", kind->words);
    }
}

TEST("a version that lacks a privilege is told so") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct dialect dialect = { .version = version_parse("5.26.0") };
    struct privilege_statement statement;
    const struct administration *out = NULL;
    struct error err = { 0 };

    assert_true(privilege_read(arena, "GRANT AUTH RULE MANAGEMENT ON DBMS TO r", NULL, &statement, NULL));
    assert_false(privilege_grant(arena, &dialect, &statement.set.items[0], &out, &err));
    assert_string_equal(err.text, "AUTH RULE MANAGEMENT: Neo4j 5.26.0 has no privilege on auth rules; that "
                                  "exists from 2026.03 on");
    assert_true(privilege_read(arena, "GRANT ACCESS ON DATABASE * TO r", NULL, &statement, NULL));
    assert_true(privilege_grant(arena, &dialect, &statement.set.items[0], &out, &err));
    assert_string_equal(out->statement.text, "GRANT ACCESS ON DATABASE * TO `r`");
    assert_string_equal(privilege_revoke(arena, &dialect, &statement.set.items[0])->statement.text,
                        "REVOKE GRANT ACCESS ON DATABASE * FROM `r`");
}

static struct privilege_set set_of(struct arena *arena, const char *const *texts) {
    struct privilege_set all = { 0 };

    for (; *texts; texts++) {
        struct privilege_statement statement;
        assert_true(privilege_read(arena, *texts, NULL, &statement, NULL));
        all = privilege_union(arena, &all, &statement.set);
    }
    return all;
}

TEST("two sets differ by what they mean, not by how it was written") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct privilege_set wanted = set_of(arena, (const char *[]){ "GRANT MATCH {a, b} ON GRAPH Sales TO r",
                                                                  "DENY ACCESS ON DATABASE x TO r", NULL });
    struct privilege_set found =
        set_of(arena, (const char *[]){ "GRANT MATCH {a} ON GRAPH `sales` NODE * TO `r`",
                                        "GRANT MATCH {b} ON GRAPH `sales` ELEMENTS * TO `r`",
                                        "GRANT ACCESS ON DATABASE `x` TO `r`", NULL });
    struct privilege_set missing = privilege_difference(arena, &wanted, &found);
    struct privilege_set excess = privilege_difference(arena, &found, &wanted);
    struct privilege_set nothing = privilege_difference(arena, &wanted, &wanted);

    assert_int_equal(wanted.count, 5);
    assert_int_equal(missing.count, 2);
    assert_string_equal(privilege_text(arena, &missing.items[0]),
                        "GRANT MATCH {a} ON GRAPH sales RELATIONSHIP * TO `r`");
    assert_string_equal(privilege_text(arena, &missing.items[1]), "DENY ACCESS ON DATABASE x TO `r`");
    assert_int_equal(excess.count, 1);
    assert_string_equal(privilege_text(arena, &excess.items[0]), "GRANT ACCESS ON DATABASE x TO `r`");
    assert_int_equal(nothing.count, 0);
    struct privilege_set other = privilege_set_for_role(arena, &excess, "s");
    assert_string_equal(privilege_text(arena, &other.items[0]), "GRANT ACCESS ON DATABASE x TO `s`");
    assert_false(privilege_set_has(&excess, &other.items[0]));
}

TEST("reads what a server shows, and keeps what it does not understand") {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *json = NULL;
    struct privileges_shown shown;
    struct error err = { 0 };
    struct text_list roles = { (const char *[]){ "r", "a`b" }, 2 };

    assert_string_equal(privileges_show(arena, &roles)->statement.text,
                        "SHOW ROLES `r`, `a``b` PRIVILEGES AS COMMANDS YIELD command, immutable");
    assert_true(json_parse(
        arena,
        TEXT(
            "{\"columns\":[\"command\",\"immutable\"],\"rows\":[[\"GRANT ACCESS ON DATABASE * TO `r`\",true],"
            "[\"GRANT TELEPORT ON DBMS TO `r`\",false],[\"REVOKE ACCESS ON DATABASE * FROM `r`\",null],"
            "[\"DENY STOP ON DATABASE * TO $role\",null]]}"),
        NULL, &json, NULL));
    struct neo4j_result result = { .columns = *bolt_from_json(arena, json_get(json, "columns")),
                                   .rows = *bolt_from_json(arena, json_get(json, "rows")) };
    assert_true(privileges_read(arena, &result, &shown, &err));
    assert_int_equal(shown.set.count, 2);
    assert_string_equal(privilege_text(arena, &shown.set.items[0]), "DENY STOP ON DATABASE * TO $role");
    assert_string_equal(privilege_text(arena, &shown.set.items[1]),
                        "GRANT IMMUTABLE ACCESS ON DATABASE * TO `r`");
    assert_int_equal(shown.unknown.count, 2);
    assert_string_equal(shown.unknown.items[0], "GRANT TELEPORT ON DBMS TO `r`");
    result.columns = *bolt_new_list(arena);
    assert_false(privileges_read(arena, &result, &shown, &err));
    assert_int_equal(err.kind, ERROR_PROTOCOL);
}
