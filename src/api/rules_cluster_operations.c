#include "api/judgement.h"
#include "api/rules_storage.h"

/* ---- R16: backups and restore ---- */

void judge_backups(const struct judgement *judgement) {
    const struct backup_settings *backups = judgement->spec->backups;
    const struct restore_source *restore = judgement->spec->restore_from_backup;

    if (backups) {
        rules_judge_storage_location(backups->default_storage, "spec.backups.defaultStorage",
                                     judgement->errors);
        rules_judge_cloud(backups->cloud, "spec.backups.cloud", judgement->errors);
        if (backups->encryption && backups->encryption->enabled && str_empty(backups->encryption->key_secret))
            FORBID(judgement, "R16", REQUIRED, "spec.backups.encryption.keySecret", NULL,
                   "encryption needs a Secret with the key");
        if (backups->enabled && str_empty(backups->schedule))
            FORBID(judgement, "R16", REQUIRED, "spec.backups.schedule", NULL,
                   "when to back up, for example \"0 2 * * *\"");
    }
    if (restore) {
        rules_judge_storage_location(restore->storage, "spec.restoreFromBackup.storage", judgement->errors);
        if (!restore->backup_ref && !restore->storage)
            FORBID(judgement, "R16", REQUIRED, "spec.restoreFromBackup.backupRef", NULL,
                   "the Neo4jBackup to begin with, or storage");
        if (restore->backup_ref && restore->storage)
            FORBID(judgement, "R16", FORBIDDEN, "spec.restoreFromBackup.storage", NULL,
                   "use either backupRef or storage");
    }
}

/* ---- R30: autoscaling ---- */

static void judge_bounds(const struct judgement *judgement, const char *group, int minimum, int maximum,
                         bool wants_odd) {
    const char *field = arena_printf(judgement->arena, "spec.autoScaling.%s.maxReplicas", group);

    if (maximum < minimum)
        FORBID(judgement, "R30", INVALID, field, shown_number(judgement, maximum),
               "must not be less than minReplicas, %d", minimum);
    if (wants_odd && (minimum % 2 == 0 || maximum % 2 == 0))
        FORBID(judgement, "R30", INVALID, field, shown_number(judgement, maximum),
               "minReplicas and maxReplicas of primaries must be odd, unless allowQuorumBreak is set");
}

static void judge_metrics(const struct judgement *judgement, const char *group,
                          const struct scaling_metric *metrics, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct scaling_metric_source *source = metrics[i].source;
        if (source && str_equal(source->type, "prometheus") && !source->prometheus)
            FORBID(judgement, "R30", REQUIRED,
                   arena_printf(judgement->arena, "spec.autoScaling.%s.metrics[%zu].source.prometheus.query",
                                group, i),
                   NULL, "source type prometheus needs a query");
    }
}

void judge_scaling(const struct judgement *judgement) {
    const struct cluster_auto_scaling *scaling = judgement->spec->auto_scaling;

    if (!scaling || !scaling->enabled)
        return;
    const struct cluster_auto_scaling_primaries *primaries = scaling->primaries;
    const struct cluster_auto_scaling_secondaries *secondaries = scaling->secondaries;
    if (primaries) {
        judge_bounds(judgement, "primaries", primaries->min_replicas, primaries->max_replicas,
                     !primaries->allow_quorum_break);
        judge_metrics(judgement, "primaries", primaries->metrics, primaries->metrics_count);
    }
    if (secondaries) {
        judge_bounds(judgement, "secondaries", secondaries->min_replicas, secondaries->max_replicas, false);
        judge_metrics(judgement, "secondaries", secondaries->metrics, secondaries->metrics_count);
    }
}

/* ---- R31: several Kubernetes clusters ---- */

void judge_regions(const struct judgement *judgement) {
    const struct cluster_multi_cluster *regions = judgement->spec->multi_cluster;

    if (!regions || !regions->enabled || !regions->topology || !regions->topology->primary_cluster)
        return;
    const struct cluster_multi_cluster_topology *topology = regions->topology;
    for (size_t i = 0; i < topology->clusters_count; i++) {
        if (str_equal(topology->clusters[i].name, topology->primary_cluster))
            return;
    }
    FORBID(judgement, "R31", INVALID, "spec.multiCluster.topology.primaryCluster",
           shown(judgement, topology->primary_cluster), "must be the name of one of clusters");
}
