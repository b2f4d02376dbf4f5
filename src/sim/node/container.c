/* One container of a pod: its image, its runs, and the waits between them.
 *
 * After: Kubernetes, pkg/kubelet/kuberuntime/kuberuntime_container.go and
 * pkg/kubelet/images/image_manager.go, whose reasons and messages these are.
 */
#include "sim/node/node_internal.h"

#include "base/quantity.h"
#include "base/time.h"

static const int64_t backoff_min_ns = 10 * NANOSECONDS_PER_SECOND;
static const int64_t backoff_max_ns = 300 * NANOSECONDS_PER_SECOND;
/* A run that lasted so long was a good one: the next crash starts with the shortest wait. */
static const int64_t backoff_reset_ns = 600 * NANOSECONDS_PER_SECOND;
/* How often a container is tried again whose ConfigMap or Secret is missing, beside at every change. */
static const int64_t config_retry_ns = 10 * NANOSECONDS_PER_SECOND;
static const int64_t init_run_ns = 50 * NANOSECONDS_PER_MS;

static const uint16_t front_ports[] = { 7687, 7474, 7473, 2004 };
_Static_assert(ARRAY_LENGTH(front_ports) == ARRAY_LENGTH(((struct container *)0)->is_open),
               "a flag for each front");

enum { EXIT_KILLED = 137, EXIT_LOST = 255 };

/* ---- what it is ---- */

/* Commands of neo4j-admin run wherever an image has the tool, also in init containers. */
static bool runs_admin(const struct container *container, const struct json *spec) {
    static const char *const lists[] = { "command", "args" };

    if (!image_has_neo4j_admin(container->image))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++)
        JSON_FOR_EACH_ITEM (word, json_get(spec, lists[i])) {
            const char *slash = strrchr(json_string(word, ""), '/');
            const char *name = slash ? slash + 1 : json_string(word, "");
            if (str_equal(name, "neo4j-admin"))
                return true;
            /* What leads to it; anything else is another program. */
            if (!str_equal(name, "tini") && !str_equal(name, "docker-entrypoint.sh") && *name != '-')
                return false;
        }
    return false;
}

static int64_t wall_at(const struct json *state, const char *member, int64_t fallback_ns) {
    int64_t wall_ns;
    return time_parse(text_from(json_string_at(state, member, "")), &wall_ns) ? wall_ns : fallback_ns;
}

/* A kubelet that starts anew finds containers of the one before it, which are gone. The runtime doesn't know
 * how those ended that were running. */
static void take_former_run(struct container *container, const struct json *status) {
    static const char *const reasons[] = { "Completed", "Error", "OOMKilled" };
    const struct json *ended = json_at(status, "state.terminated");
    int64_t now_ns = clock_wall(container->pod->node->options.clock);
    const char *id = strstr(json_string_at(status, "containerID", ""), "://");

    container->restarts = (unsigned)json_integer_at(status, "restartCount", 0);
    container->has_run = true;
    container->last =
        (struct container_run){ .exit_code = (int)json_integer_at(ended, "exitCode", EXIT_LOST),
                                .reason = "Unknown",
                                .started_wall_ns =
                                    wall_at(json_at(status, ended ? "state.terminated" : "state.running"),
                                            "startedAt", now_ns),
                                .finished_wall_ns = wall_at(ended, "finishedAt", now_ns) };
    for (size_t i = 0; i < ARRAY_LENGTH(reasons); i++)
        if (str_equal(json_string_at(ended, "reason", NULL), reasons[i]))
            container->last.reason = reasons[i];
    if (id && strlen(id + 3) < sizeof(container->last.id))
        (void)stpcpy(container->last.id, id + 3);
}

void container_init(struct container *container, struct pod *pod, const struct json *spec, bool is_init) {
    *container = (struct container){
        .pod = pod,
        .name = xstrdup(json_string_at(spec, "name", "")),
        .image = xstrdup(json_string_at(spec, "image", "")),
        .is_init = is_init,
        .is_sidecar = is_init && str_equal(json_string_at(spec, "restartPolicy", NULL), "Always"),
        .waiting_reason = is_init ? "PodInitializing" : "ContainerCreating",
    };
    container->is_neo4j = (!is_init && image_is_neo4j(container->image)) || runs_admin(container, spec);

    const char *list = is_init ? "status.initContainerStatuses" : "status.containerStatuses";
    JSON_FOR_EACH_ITEM (status, json_at(pod->object, list)) {
        if (str_equal(json_string_at(status, "name", NULL), container->name) &&
            !str_empty(json_string_at(status, "containerID", NULL)))
            take_former_run(container, status);
    }
}

static void close_fronts(struct container *container) {
    const struct node_front *front = &container->pod->node->options.front;
    for (size_t i = 0; i < ARRAY_LENGTH(front_ports); i++) {
        if (container->is_open[i] && front->close)
            front->close(front->context, container->process, container->pod->address, front_ports[i]);
        container->is_open[i] = false;
    }
}

static void end_process(struct container *container) {
    close_fronts(container);
    neo4j_process_free(TAKE(container->process));
    arena_free(TAKE(container->mounts_arena));
    container->fixed_files = NULL;
    if (container->log)
        log_store_end(container->log);
}

void container_clear(struct container *container) {
    if (container->process)
        end_process(container);
    log_store_free(container->log);
    log_store_free(container->previous_log);
    free(container->waiting_message);
    free(container->name);
    free(container->image);
}

const struct json *container_spec(const struct container *container) {
    const char *list = container->is_init ? "spec.initContainers" : "spec.containers";
    JSON_FOR_EACH_ITEM (spec, json_at(container->pod->object, list)) {
        if (str_equal(json_string_at(spec, "name", NULL), container->name))
            return spec;
    }
    return NULL;
}

void container_event(struct container *container, enum recorder_type type, const char *reason,
                     const char *format, ...) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct pod *pod = container->pod;
    va_list arguments;
    va_start(arguments, format);
    const char *message = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    recorder_event(node_recorder(pod->node, pod->member), pod->object,
                   arena_printf(arena, "spec.%s{%s}", container->is_init ? "initContainers" : "containers",
                                container->name),
                   type, reason, "%s", message);
}

static void wait_for(struct container *container, const char *reason, char *message, int64_t wait_ns) {
    container->state = CONTAINER_WAITING;
    container->waiting_reason = reason;
    free(container->waiting_message);
    container->waiting_message = message;
    container->due_ns = container->pod->node->now_ns + wait_ns;
}

static int64_t double_backoff(int64_t backoff_ns) {
    if (!backoff_ns)
        return backoff_min_ns;
    return backoff_ns * 2 < backoff_max_ns ? backoff_ns * 2 : backoff_max_ns;
}

/* ---- its image ---- */

static bool has_image(const struct container *container) {
    return json_get(container->pod->member->images, container->image) != NULL;
}

static void fail_pull(struct container *container) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *name = image_full_name(arena, container->image);
    const char *why =
        arena_printf(arena,
                     "failed to pull and unpack image \"%s\": %s: not found (simulated: Enterprise "
                     "images of Neo4j exist, others that --allow-image names)",
                     name, name);
    container_event(container, RECORDER_WARNING, "Failed", "Failed to pull image \"%s\": %s",
                    container->image, why);
    container_event(container, RECORDER_WARNING, "Failed", "Error: ErrImagePull");
    container->pull_backoff_ns = double_backoff(container->pull_backoff_ns);
    wait_for(container, "ErrImagePull", xstrdup(why), container->pull_backoff_ns);
}

/* What was ErrImagePull is told as a wait a moment later, as by the kubelet's next look, which repeats why
 * (since Kubernetes 1.32: pkg/kubelet/images). */
static void tell_pull_backoff(struct container *container) {
    int64_t due_ns = container->due_ns;
    char *message = xprintf("Back-off pulling image \"%s\": ErrImagePull: %s", container->image,
                            container->waiting_message);
    container_event(container, RECORDER_NORMAL, "BackOff", "Back-off pulling image \"%s\"", container->image);
    container_event(container, RECORDER_WARNING, "Failed", "Error: ImagePullBackOff");
    wait_for(container, "ImagePullBackOff", message, 0);
    container->due_ns = due_ns;
}

static void begin_pull(struct container *container) {
    container_event(container, RECORDER_NORMAL, "Pulling", "Pulling image \"%s\"", container->image);
    container->state = CONTAINER_PULLING;
    container->due_ns =
        container->pod->node->now_ns + container->pod->node->options.pull_ms * NANOSECONDS_PER_MS;
}

static bool finish_pull(struct container *container) {
    struct node *node = container->pod->node;
    if (!image_can_be_pulled(&node->options, container->image)) {
        fail_pull(container);
        return false;
    }
    CLEANUP_ARENA struct arena *arena = arena_new();
    const char *took = duration_format(arena, node->options.pull_ms * NANOSECONDS_PER_MS);
    container_event(container, RECORDER_NORMAL, "Pulled",
                    "Successfully pulled image \"%s\" in %s (%s including waiting)", container->image, took,
                    took);
    json_set_bool(node->arena, container->pod->member->images, container->image, true);
    container->pull_backoff_ns = 0;
    return true;
}

/* True when the image is there; otherwise the container now pulls or waits. */
static bool ensure_image(struct container *container) {
    const char *policy = json_string_at(container_spec(container), "imagePullPolicy",
                                        image_is_latest(container->image) ? "Always" : "IfNotPresent");
    if (str_equal(policy, "Never") && !has_image(container)) {
        container_event(container, RECORDER_WARNING, "ErrImageNeverPull",
                        "Container image \"%s\" is not present with pull policy of Never", container->image);
        wait_for(container, "ErrImageNeverPull",
                 xprintf("Container image \"%s\" is not present with pull policy of Never", container->image),
                 config_retry_ns);
        return false;
    }
    if (has_image(container) && !str_equal(policy, "Always")) {
        container_event(container, RECORDER_NORMAL, "Pulled",
                        "Container image \"%s\" already present on machine", container->image);
        return true;
    }
    begin_pull(container);
    return false;
}

/* ---- its runs ---- */

static void on_log_line(void *context, const char *line) {
    struct container *container = context;
    log_store_add(container->log, clock_wall(container->pod->node->options.clock), line);
}

static struct json *command_line(struct arena *arena, const struct json *spec,
                                 const struct json *environment) {
    static const char *const lists[] = { "command", "args" };
    struct json *words = json_new_array(arena);
    for (size_t i = 0; i < ARRAY_LENGTH(lists); i++) {
        JSON_FOR_EACH_ITEM (word, json_get(spec, lists[i])) {
            json_append_string(arena, words, environment_expand(arena, environment, json_string(word, "")));
        }
    }
    return words;
}

static void start_process(struct container *container, struct arena *arena, const struct json *environment,
                          const struct container_mounts *mounts) {
    struct pod *pod = container->pod;
    const struct json *spec = container_spec(container);
    struct quantity limit = { 0 };
    const struct json *memory = json_at(spec, "resources.limits.memory");
    if (memory && !quantity_from_json(memory, &limit))
        limit.milli = 0;
    container->mounts_arena = arena_new();
    container->fixed_files = json_copy(container->mounts_arena, mounts->fixed_files);
    container->process = neo4j_process_start(
        pod->node->network,
        &(struct neo4j_container){ .image = container->image,
                                   .args = command_line(arena, spec, environment),
                                   .env = environment,
                                   .files = mounts->files,
                                   .data = mounts->data,
                                   .mounts = mounts->mounts,
                                   .mount_count = mounts->count,
                                   .address = pod->address,
                                   .host_name = json_string_at(pod->object, "spec.hostname", pod->name),
                                   .namespace = pod->namespace,
                                   .memory_bytes = quantity_value(limit),
                                   .start_delay_ms = pod->node->options.start_delay_ms },
        pod->node->now_ns, on_log_line, container);
}

static void begin_log(struct container *container) {
    log_store_free(container->previous_log);
    container->previous_log = container->log;
    container->log = log_store_new();
    if (container->is_neo4j)
        return;
    CLEANUP_FREE char *line =
        xprintf("neo4j-sandbox: image %s is not run here; taken as %s", container->image,
                container->is_init && !container->is_sidecar ? "successful" : "running");
    on_log_line(container, line);
}

static void run(struct container *container, struct arena *arena, const struct json *environment,
                const struct container_mounts *mounts) {
    struct node *node = container->pod->node;

    if (container->has_run)
        container->restarts++;
    container_event(container, RECORDER_NORMAL, "Created", "Created container: %s", container->name);
    node_new_id(node, container->id);
    container->state = CONTAINER_RUNNING;
    container->waiting_reason = NULL;
    container->is_stopping = false;
    container->kill_ns = INT64_MAX;
    container->started_ns = node->now_ns;
    container->started_wall_ns = clock_wall(node->options.clock);
    bool is_taken_as_done = container->is_init && !container->is_sidecar && !container->is_neo4j;
    container->due_ns = is_taken_as_done ? node->now_ns + init_run_ns : INT64_MAX;
    begin_log(container);
    if (container->is_neo4j)
        start_process(container, arena, environment, mounts);
    probes_start(container);
    container_event(container, RECORDER_NORMAL, "Started", "Started container %s", container->name);
}

static void create(struct container *container) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct json *environment = NULL;
    struct container_mounts mounts;
    struct error err = { 0 };

    if (environment_build(container, arena, &environment, &err) &&
        volumes_build(container, arena, environment, &mounts, &err)) {
        run(container, arena, environment, &mounts);
        return;
    }
    container_event(container, RECORDER_WARNING, "Failed", "Error: %s", err.text);
    wait_for(container, "CreateContainerConfigError", xstrdup(err.text), config_retry_ns);
    container->pod->is_watching = true;
}

/* ---- its end ---- */

static bool is_to_restart(const struct container *container, int exit_code) {
    const char *policy = json_string_at(container->pod->object, "spec.restartPolicy", "Always");
    if (container->pod->step >= POD_TERMINATING)
        return false;
    if (container->is_sidecar)
        return true;
    if (container->is_init)
        return exit_code != 0 && !str_equal(policy, "Never");
    return str_equal(policy, "Always") || (str_equal(policy, "OnFailure") && exit_code != 0);
}

static void wait_for_restart(struct container *container) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    struct pod *pod = container->pod;

    if (pod->node->now_ns - container->started_ns > backoff_reset_ns)
        container->backoff_ns = 0;
    int64_t wait_ns = container->backoff_ns;
    container->backoff_ns = double_backoff(container->backoff_ns);
    const char *who = arena_printf(arena, "%s_%s(%s)", pod->name, pod->namespace, pod->uid);
    if (!wait_ns) {
        wait_for(container, NULL, NULL, 0);
        return;
    }
    container_event(container, RECORDER_WARNING, "BackOff",
                    "Back-off restarting failed container %s in pod %s", container->name, who);
    wait_for(container, "CrashLoopBackOff",
             xprintf("back-off %s restarting failed container=%s pod=%s", duration_format(arena, wait_ns),
                     container->name, who),
             wait_ns);
}

static void finish(struct container *container, int exit_code) {
    struct node *node = container->pod->node;

    if (container->process)
        end_process(container);
    else if (container->log)
        log_store_end(container->log);
    container->has_run = true;
    container->last = (struct container_run){
        .exit_code = exit_code,
        .reason = container->death_reason ? container->death_reason
                  : exit_code             ? "Error"
                                          : "Completed",
        .started_wall_ns = container->started_wall_ns,
        .finished_wall_ns = clock_wall(node->options.clock),
    };
    memcpy(container->last.id, container->id, sizeof(container->id));
    container->is_killed = false;
    container->death_reason = NULL;
    container->is_started = false;
    container->is_ready = false;
    container->state = CONTAINER_TERMINATED;
    container->due_ns = INT64_MAX;
    if (is_to_restart(container, exit_code))
        wait_for_restart(container);
}

bool container_has_news(const struct container *container) {
    if (!container->process)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(front_ports); i++)
        if (container->is_open[i] != neo4j_process_listens(container->process, front_ports[i]))
            return true;
    return neo4j_process_exited(container->process, NULL);
}

void container_reap(struct container *container) {
    int exit_code = EXIT_KILLED;
    bool has_exited = container->process && neo4j_process_exited(container->process, &exit_code);
    if (has_exited || container->is_killed)
        finish(container, exit_code);
}

bool container_kill(struct container *container, const char *reason) {
    bool has_exited = container->process && neo4j_process_exited(container->process, NULL);
    if (container->state != CONTAINER_RUNNING || has_exited || container->is_killed ||
        container->pod->is_lost)
        return false;
    container->is_killed = true;
    container->death_reason = reason;
    if (container->process)
        neo4j_process_terminate(container->process, true);
    container->pod->is_stirred = true;
    return true;
}

void container_lose(struct container *container) {
    if (container->process)
        end_process(container);
}

void container_tend_fronts(struct container *container) {
    const struct node_front *front = &container->pod->node->options.front;
    if (!container->process)
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(front_ports); i++) {
        bool is_listening = neo4j_process_listens(container->process, front_ports[i]);
        if (is_listening && !container->is_open[i] && front->open)
            front->open(front->context, container->process, container->pod->address, front_ports[i]);
        if (!is_listening && container->is_open[i] && front->close)
            front->close(front->context, container->process, container->pod->address, front_ports[i]);
        container->is_open[i] = is_listening;
    }
}

void container_stop(struct container *container, bool is_kill) {
    if (container->state != CONTAINER_RUNNING)
        return;
    container->is_stopping = true;
    if (container->process)
        neo4j_process_terminate(container->process, is_kill);
    else
        finish(container, is_kill ? EXIT_KILLED : 0);
}

bool container_is_done(const struct container *container) {
    return container->state == CONTAINER_TERMINATED;
}

/* ---- the tick ---- */

static void tend_waiting(struct container *container) {
    struct node *node = container->pod->node;
    bool is_config = str_equal(container->waiting_reason, "CreateContainerConfigError");

    if (str_equal(container->waiting_reason, "ErrImagePull") && node->now_ns < container->due_ns)
        tell_pull_backoff(container);
    if (node->now_ns < container->due_ns && !(is_config && node->has_changed)) {
        container->pod->is_watching |= is_config;
        return;
    }
    /* Told once: the next try for the same reason is no news about the image. */
    if (is_config || ensure_image(container))
        create(container);
}

static int64_t tick_running(struct container *container) {
    CLEANUP_ARENA struct arena *arena = arena_new();
    int64_t now_ns = container->pod->node->now_ns, next_ns = container->due_ns;
    const char *kill_reason = NULL;

    if (now_ns >= container->due_ns) {
        finish(container, 0);
        return container->due_ns;
    }
    if (container->is_stopping) {
        if (now_ns >= container->kill_ns)
            container_stop(container, true);
        return container->kill_ns > now_ns ? container->kill_ns : INT64_MAX;
    }
    int64_t probe_ns = probes_tick(container, arena, &kill_reason);
    if (kill_reason) {
        container_event(container, RECORDER_NORMAL, "Killing", "%s", kill_reason);
        container->kill_ns =
            now_ns + json_integer_at(container->pod->object, "spec.terminationGracePeriodSeconds", 30) *
                         NANOSECONDS_PER_SECOND;
        container_stop(container, false);
        return container->state == CONTAINER_RUNNING ? container->kill_ns : container->due_ns;
    }
    return probe_ns < next_ns ? probe_ns : next_ns;
}

int64_t container_tick(struct container *container) {
    if (container->state == CONTAINER_WAITING)
        tend_waiting(container);
    else if (container->state == CONTAINER_PULLING && container->pod->node->now_ns >= container->due_ns &&
             finish_pull(container))
        create(container);
    /* One that has just been started is probed at once. */
    if (container->state == CONTAINER_RUNNING)
        return tick_running(container);
    return container->state == CONTAINER_TERMINATED ? INT64_MAX : container->due_ns;
}
