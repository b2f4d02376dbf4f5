/* What was perhaps meant: commands and options that are like a word that is none. After picocli, which
 * neo4j-admin is made with: UnmatchedArgumentException.getSuggestions, CosineSimilarity. */
#include "sim/neo4j/admin.h"

#include <ctype.h>
#include <math.h>

enum { SUGGESTIONS_MAX = 3, PREFIX_LENGTH = 2 };

static bool has_pair(const char *word, const char *pair) {
    return tolower(word[0]) == tolower(pair[0]) && tolower(word[1]) == tolower(pair[1]);
}

/* How often pairs of letters of one word, each as often as it is there, occur in the other. */
static double common_pairs(const char *one, const char *other) {
    double sum = 0;

    for (size_t i = 0; i + 1 < strlen(one); i++)
        for (size_t k = 0; k + 1 < strlen(other); k++)
            sum += has_pair(one + i, other + k);
    return sum;
}

static double likeness(const char *one, const char *other) {
    return common_pairs(one, other) / sqrt(common_pairs(one, one) * common_pairs(other, other));
}

struct suggestion {
    const char *name; /* NULL: none, its score is 0 */
    double score;
};
struct ranking {
    struct suggestion items[SUGGESTIONS_MAX]; /* the best first */
};

/* Of names that are as like as each other the last one counts. */
static void rank(struct ranking *ranking, const char *name, const char *word) {
    struct suggestion next = { name, likeness(word, name) };

    if (!(next.score > 0))
        return;
    for (size_t i = 0; i < SUGGESTIONS_MAX; i++) {
        struct suggestion old = ranking->items[i];
        if (old.score > next.score)
            continue;
        ranking->items[i] = next;
        if (old.score == next.score)
            return;
        next = old;
    }
}

/* At the top stand the groups, and all commands by their whole names. */
static void rank_all(struct ranking *ranking, struct arena *arena, unsigned number, const char *word) {
    rank(ranking, "version", word);
    rank(ranking, "help", word);
    for (size_t i = 0; i < admin_groups_count; i++) {
        const char *group = admin_groups[i].name;
        if (!admin_is_in(number, admin_groups[i].since, 0))
            continue;
        for (size_t k = 0; k < admin_commands_count; k++)
            if (admin_is_of(&admin_commands[k], group, number))
                rank(ranking, arena_printf(arena, "%s %s", group, admin_commands[k].name), word);
        rank(ranking, arena_printf(arena, "%s help", group), word);
        rank(ranking, group, word);
    }
}

const char *admin_suggest(struct arena *arena, unsigned number, const char *group, const char *word) {
    struct ranking ranking = { 0 };
    CLEANUP_BUFFER struct buffer out = { 0 };

    if (!group)
        rank_all(&ranking, arena, number, word);
    for (size_t i = 0; group && i < admin_commands_count; i++)
        if (admin_is_of(&admin_commands[i], group, number))
            rank(&ranking, admin_commands[i].name, word);
    if (group)
        rank(&ranking, "help", word);
    for (size_t i = 0; i < SUGGESTIONS_MAX && ranking.items[i].name; i++)
        buffer_printf(&out, "%s%s %s", i ? " or " : "Did you mean: ", group ? group : "neo4j-admin",
                      ranking.items[i].name);
    return out.length ? arena_printf(arena, "%s?", buffer_string(&out)) : NULL;
}

const char *admin_suggest_options(struct arena *arena, unsigned number, const struct admin_command *command,
                                  const char *word) {
    const char *start = word + strspn(word, "-");
    CLEANUP_BUFFER struct buffer out = { 0 };

    for (size_t i = 0; i < admin_common_options_count + ADMIN_OPTIONS_MAX; i++) {
        bool is_common = i < admin_common_options_count;
        const struct admin_option *option =
            is_common ? &admin_common_options[i] : &command->options[i - admin_common_options_count];
        if (option->name && (!is_common || admin_takes(command, option)) &&
            admin_is_in(number, option->since, option->until) &&
            !strncmp(option->name + strspn(option->name, "-"), start, PREFIX_LENGTH))
            buffer_printf(&out, "%s%s", out.length ? ", " : "Possible solutions: ", option->name);
    }
    return out.length ? arena_printf(arena, "%s", buffer_string(&out)) : NULL;
}
