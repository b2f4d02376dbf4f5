/* The kinds that no controller of this version acts upon. */
#pragma once

#include "controllers/acceptance/acceptance.h"

extern const struct acceptance_kind acceptance_standalone;
extern const struct acceptance_kind acceptance_database;
extern const struct acceptance_kind acceptance_sharded_database;
extern const struct acceptance_kind acceptance_plugin;
extern const struct acceptance_kind acceptance_backup;
extern const struct acceptance_kind acceptance_restore;
extern const struct acceptance_kind acceptance_user;
extern const struct acceptance_kind acceptance_role;
extern const struct acceptance_kind acceptance_grant;
