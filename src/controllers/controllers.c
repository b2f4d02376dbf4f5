#include "controllers/controllers.h"

#include "controllers/acceptance/kinds.h"
#include "controllers/cluster/controller.h"

const struct controller *const controllers_all[] = {
    &cluster_controller,
    &acceptance_standalone.controller,
    &acceptance_database.controller,
    &acceptance_sharded_database.controller,
    &acceptance_plugin.controller,
    &acceptance_backup.controller,
    &acceptance_restore.controller,
    &acceptance_user.controller,
    &acceptance_role.controller,
    &acceptance_grant.controller,
    NULL,
};
