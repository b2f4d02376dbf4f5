/* What the parts of the kubelet share. */
#pragma once

#include "sim/component/mirror.h"
#include "sim/component/object.h"
#include "sim/component/recorder.h"
#include "sim/component/tree.h"
#include "sim/node/log_store.h"
#include "sim/node/node.h"

#include <sys/queue.h>

/* ---- containers ---- */

enum container_state {
    CONTAINER_WAITING,    /* to be started, at due_ns */
    CONTAINER_PULLING,    /* its image arrives at due_ns */
    CONTAINER_RUNNING,    /* */
    CONTAINER_TERMINATED, /* for good, or to be started again by the restart policy */
};

enum probe_kind { PROBE_STARTUP, PROBE_READINESS, PROBE_LIVENESS };
enum { PROBE_KINDS = 3 };

struct probe {
    int64_t due_ns; /* INT64_MAX: not now */
    unsigned successes;
    unsigned failures;
};

/* A run that has ended. */
struct container_run {
    int exit_code;
    const char *reason; /* "Completed", "Error" */
    int64_t started_wall_ns;
    int64_t finished_wall_ns;
    char id[65];
};

struct container {
    struct pod *pod;
    char *name;
    char *image;
    bool is_init;
    bool is_sidecar; /* an init container that goes on running (restartPolicy: Always) */
    bool is_neo4j;

    enum container_state state;
    int64_t due_ns;
    const char *waiting_reason; /* constant */
    char *waiting_message;      /* or NULL */

    struct neo4j_process *process;
    struct arena *mounts_arena; /* of fixed_files; NULL while there is no process */
    struct json *fixed_files;   /* what subPath mounts held when it started */
    bool is_open[4];            /* the fronts of front_ports */
    char id[65];
    int64_t started_ns, started_wall_ns;
    struct probe probes[PROBE_KINDS];
    bool is_started; /* the start-up probe has succeeded */
    bool is_ready;
    bool is_stopping;
    int64_t kill_ns;          /* when patience ends with a container that was told to stop */
    bool is_killed;           /* by a fault: it ends at the next look */
    const char *death_reason; /* of that; constant; NULL: "Error" */

    unsigned restarts;
    bool has_run; /* last holds the run before this one, or the one that ended */
    struct container_run last;
    int64_t backoff_ns; /* before the next start; 0: none yet */
    int64_t pull_backoff_ns;

    struct log_store *log, *previous_log;
};

/* ---- pods ---- */

enum pod_step {
    POD_ACCEPTED,     /* seen; its first status is to be written */
    POD_MOUNTING,     /* waits for its volumes */
    POD_SANDBOX,      /* gets its address */
    POD_INITIALIZING, /* init containers, one after the other */
    POD_RUNNING,
    POD_FINISHED,    /* Succeeded or Failed: only its status is kept */
    POD_TERMINATING, /* its containers stop */
    POD_STOPPED,     /* they have; the API must be told */
    POD_FORGOTTEN,   /* it was; the pod stays until it is gone from the API */
};

/* The data of an emptyDir: lives as long as its pod. */
struct pod_scratch {
    SLIST_ENTRY(pod_scratch) link;
    char *name;
    struct neo4j_volume *volume;
};

struct pod {
    RB_ENTRY(pod) entry;
    struct node *node;
    char *uid;
    char *namespace;
    char *name;
    struct member *member;
    struct arena *arena;
    const struct json *object; /* as last seen, in arena */
    uint64_t object_serial;    /* one more with each */

    int64_t next_ns;  /* when pod_tick() wants to be called again */
    bool is_stirred;  /* its object or one of its processes has changed since */
    bool is_watching; /* waits for an object: any change may be the one */
    enum pod_step step;
    int64_t due_ns;
    int64_t deadline_ns; /* of termination */
    bool is_killed;
    unsigned mount_failures;
    int64_t
        refresh_ns; /* when files of running containers are to be brought up to date; INT64_MAX: they are */
    char *address;  /* NULL until the sandbox is there */
    int64_t start_wall_ns;
    SLIST_HEAD(, pod_scratch) scratches; /* its emptyDirs, as far as they were mounted */

    struct container *containers; /* init containers first */
    size_t container_count;

    struct arena *status_arena;
    struct json *status;   /* as last written */
    uint64_t status_facts; /* hash of what it was made from; 0: it is not written */
    int64_t status_retry_ns;
    unsigned status_failures;
    bool is_overruled; /* somebody else has written that it is ready, or not, and is wrong */
    bool is_gone;      /* from the API */
    bool is_lost;      /* its machine lost power: nothing of it runs any more */
};
RB_HEAD(pods, pod);
int pod_compare(const struct pod *a, const struct pod *b);
RB_PROTOTYPE(pods, pod, entry, pod_compare)

/* The data of a claim: outlives pods. */
struct claim_volume {
    RB_ENTRY(claim_volume) entry;
    char *claim_uid;
    struct neo4j_volume *volume;
    struct member *attached; /* where it is; NULL: nowhere yet */
    int64_t wanted_ns;       /* since when another node waits for one that is not heard of; 0: none does */
};
RB_HEAD(claim_volumes, claim_volume);

/* What a name was answered with, until a Service or its endpoints change. */
struct answer {
    RB_ENTRY(answer) entry;
    const char *name;
    struct json *addresses;
};
RB_HEAD(answers, answer);
enum { ANSWERS_MAX = 4096 };

/* One of the nodes. */
struct member {
    char *name;
    char *zone;
    char *address;
    struct json *images; /* object: image → true, what has been pulled */
    bool is_registered;
    int64_t due_ns; /* of the next lease renewal or registration */
    unsigned failures;
    bool is_off;  /* without power */
    bool is_cut;  /* from the API server */
    bool is_back; /* from one of these, and has not looked around yet */
};

struct node {
    struct kube *kube;
    struct node_options options;
    struct mirror *mirror;
    struct arena *arena; /* for its life */
    struct member members[NODE_COUNT_MAX];
    struct recorder *recorders[NODE_COUNT_MAX];
    struct pods pods;
    struct claim_volumes volumes;
    struct neo4j_network *network;
    struct answers answers; /* in answers_arena */
    size_t answer_count;
    struct arena *answers_arena;
    uint64_t answers_forgotten; /* how often */
    uint32_t range_first, range_size, range_next;
    int64_t now_ns;   /* of this tick */
    bool has_changed; /* something in the mirror changed since the last tick */
    uint64_t random;
    bool is_ticking; /* pods and processes, by itself */
};

/* ---- node.c ---- */
struct recorder *node_recorder(struct node *node, const struct member *member);
/* Hexadecimal digits that no other call gets; out has 65 bytes. */
void node_new_id(struct node *node, char *out);
/* Made when absent. */
struct claim_volume *node_claim(struct node *node, const char *claim_uid);
struct neo4j_volume *node_claim_volume(struct node *node, const char *claim_uid);
/* A pod as the API has it now, bound to one of the members: runs it, unless it is known or over. */
void node_see_pod(struct node *node, const struct json *object);

/* ---- faults.c ---- */
/* Members that have power and the API server again make up for what they have missed. */
void members_come_back(struct node *node);

/* ---- address.c ---- */
CHECKED bool node_parse_range(struct node *node, const char *range, struct error *err);
/* An address that no pod has, or NULL when there is none left. The caller frees it. */
char *node_allocate_address(struct node *node);

/* ---- attachments.c ---- */
/* Brings the claim's volume to the pod's node. ERROR_CONFLICT: another one has it. */
CHECKED bool volume_attach(struct pod *pod, const struct json *claim, struct error *err);
CHECKED bool volume_is_attached(const struct pod *pod, const struct json *claim, struct error *err);

/* ---- registration.c: Node objects and leases ---- */
/* Returns when it is due again. */
int64_t member_tick(struct node *node, struct member *member);

/* ---- resolver.c ---- */
struct neo4j_resolver node_resolver(struct node *node);
void node_forget_answers(struct node *node);

/* ---- pod.c ---- */
struct pod *pod_new(struct node *node, struct member *member, const struct json *object);
void pod_free(struct pod *pod);
void pod_update(struct pod *pod, const struct json *object);
/* Returns when it is due again. */
int64_t pod_tick(struct pod *pod);
/* Its containers are gone from one moment to the next, and nobody is told. */
void pod_lose(struct pod *pod);
/* Can do nothing now: its machine is off, or it would need the API server, which can't be reached. */
bool pod_is_asleep(const struct pod *pod);

/* ---- refresh.c: files of running containers follow their Secrets and ConfigMaps ---- */
/* A Secret or ConfigMap is another than it was (either may be NULL). */
void pods_note_change(struct node *node, const struct kube_resource *resource, const struct json *old,
                      const struct json *new);
/* Brings the files up to date when that is due; returns when it is due again. */
int64_t pod_refresh(struct pod *pod);
/* Any of the objects of the member's pods may have changed unseen. */
void pods_refresh_soon(struct node *node, const struct member *member);

/* ---- pod_status.c ---- */
/* Writes the status when it is another than the API has; returns when to try again (INT64_MAX: it is
 * written). */
int64_t pod_write_status(struct pod *pod);

/* ---- container.c ---- */
void container_init(struct container *container, struct pod *pod, const struct json *spec, bool is_init);
void container_clear(struct container *container);
const struct json *container_spec(const struct container *container);
/* Does what is due: pulls, starts, probes, restarts. Returns when it is due again. */
int64_t container_tick(struct container *container);
/* SIGTERM, or SIGKILL. */
void container_stop(struct container *container, bool is_kill);
/* Ends at the next look, with this reason (constant; NULL: "Error"); false: it does not run. */
bool container_kill(struct container *container, const char *reason);
/* Loses its process without noticing. */
void container_lose(struct container *container);
/* Notices that the process has exited. */
void container_reap(struct container *container);
/* Opens or closes fronts as the process listens. */
void container_tend_fronts(struct container *container);
/* Whether the process has done something that container_reap() or container_tend_fronts() has not seen. */
bool container_has_news(const struct container *container);
/* Has ended, and will not be started again. */
bool container_is_done(const struct container *container);
PRINTF_LIKE(4, 5)
void container_event(struct container *container, enum recorder_type type, const char *reason,
                     const char *format, ...);

/* ---- probe.c ---- */
void probes_start(struct container *container);
/* Runs those that are due. Sets is_started and is_ready; asks for a restart by *out_reason (in arena). */
int64_t probes_tick(struct container *container, struct arena *arena, const char **out_kill_reason);

/* ---- image.c ---- */
bool image_is_neo4j(const char *image);
/* Enterprise images of the server and of neo4j-admin. */
bool image_has_neo4j_admin(const char *image);
bool image_can_be_pulled(const struct node_options *options, const char *image);
/* "docker.io/library/neo4j:5.26.0-enterprise" */
char *image_full_name(struct arena *arena, const char *image);
/* Whether the image has no tag, or the tag "latest": then it is pulled each time. */
bool image_is_latest(const char *image);

/* ---- environment.c ---- */
/* *out_environment: object name → value. Fails with the kubelet's words for what is missing. */
CHECKED bool environment_build(struct container *container, struct arena *arena,
                               struct json **out_environment, struct error *err);
/* Replaces $(NAME) by its value, $$ by $; unknown names stay. */
char *environment_expand(struct arena *arena, const struct json *environment, const char *text);
/* The value of a fieldRef path; NULL: not supported. */
char *environment_field(const struct pod *pod, struct arena *arena, const char *path);

/* ---- volumes.c ---- */
/* What is in the way of mounting, in the kubelet's words; *out_volume names it. */
CHECKED bool volumes_check(struct pod *pod, struct arena *arena, const char **out_volume, struct error *err);
/* What a container finds at its mount points; in arena. */
struct container_mounts {
    struct json *files;        /* of ConfigMaps, Secrets …: object path → content */
    struct json *fixed_files;  /* those of them that come from subPath mounts */
    struct neo4j_volume *data; /* what is mounted at /data, or NULL */
    struct neo4j_mount *mounts;
    size_t count;
};
CHECKED bool volumes_build(struct container *container, struct arena *arena, const struct json *environment,
                           struct container_mounts *out_mounts, struct error *err);
/* What the container finds there now: files of subPath mounts stay as they were when it started. */
CHECKED bool volumes_rebuild(const struct container *container, struct arena *arena, struct json **out_files,
                             struct error *err);
/* Forgets the pod's emptyDirs. */
void volumes_forget_scratches(struct pod *pod);
/* Takes over the emptyDirs of the pod's former record, but for those in memory. */
void volumes_inherit_scratches(struct pod *pod, struct pod *old);
bool container_mounts_claim(const struct container *container, const char *claim);
/* A value of a Secret's data, decoded; NULL when it is not base64. */
struct json *secret_value(struct arena *arena, const struct json *encoded);
