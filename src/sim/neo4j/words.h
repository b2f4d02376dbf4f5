/* Keywords of statements, told apart by tables: "SHOW USER|USERS", "CREATE NEW? NODE? LABEL|LABELS". Words
 * are divided by spaces and alternatives by "|"; a word that ends in "?" may be left out. */
#pragma once

#include "sim/neo4j/expression.h"

/* How many tokens at the cursor the words are; 0 when something else stands there. */
size_t words_match(const struct cursor *cursor, const char *words);
