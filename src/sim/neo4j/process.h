/* A simulated Neo4j process: what the container image's entry point and the server do, seen from the kubelet.
 *
 * It is given exactly what a container gets: image, command, arguments, environment, files and a data volume,
 * an address and a host name. From these alone it decides how it behaves: a wrong password form, an unknown
 * setting, a resolver that finds nobody make it exit or wait as the real one does. Servers reach one another
 * only through the network below, by names that the resolver answers and by the ports they listen on.
 * No thread, no socket, no clock: time comes in through neo4j_process_tick(). Real sockets for Bolt and HTTP
 * are put in front by sandbox/ where the process says that it listens.
 * Sources: the order of the entry point, configuration and life cycle are cited in the .c files.
 *
 * Time is nanoseconds that only grow; neo4j_network_set_wall_offset() says how far they are from 1970.
 */
#pragma once

#include "base/json.h"
#include "base/secret.h"

/* The links between simulated servers of one world, and how names are resolved in it. */
struct neo4j_network;
struct neo4j_process;

/* Names of the world. All answers are arrays in arena; empty: no such name. */
struct neo4j_resolver {
    void *context;
    /* IPv4 addresses ("10.244.0.7") of a DNS name (A records). */
    struct json *(*resolve)(void *context, struct arena *arena, const char *name);
    /* {target, port} of an SRV name ("_tcp-cluster._tcp.svc.ns.svc.cluster.local"). */
    struct json *(*resolve_srv)(void *context, struct arena *arena, const char *name);
    /* {target, port} of the Services of a namespace that match a label selector and have a port of that name,
     * as the K8S resolver lists them. NULL: the API server can't be asked, and the process says so. */
    struct json *(*list_services)(void *context, struct arena *arena, const char *namespace,
                                  const char *selector, const char *port_name);
    /* A number that is another one once an answer may be: as long as it stays, servers that have found one
     * another need not ask again. NULL: they ask again and again. */
    uint64_t (*changes)(void *context);
};

/* seed: of all random choices (ids, election timeouts). The resolver is copied. */
struct neo4j_network *neo4j_network_new(const struct neo4j_resolver *resolver, uint64_t seed);
/* After all processes of it are freed. */
void neo4j_network_free(struct neo4j_network *network);
/* Random choices from now on come from this seed. */
void neo4j_network_reseed(struct neo4j_network *network, uint64_t seed);
/* What is added to the time of ticks to get nanoseconds since 1970; 0 at first. */
void neo4j_network_set_wall_offset(struct neo4j_network *network, int64_t offset_ns);
/* Cuts (or heals) what goes from one address to another; "*" for any. For tests and faults. */
void neo4j_network_cut(struct neo4j_network *network, const char *from, const char *to, bool is_cut);
/* What goes from one address to another arrives so much later; 0: as usual. "*" for any; of several that
 * concern a message the longest counts. The order of what one sends to another stays, also where the delay
 * shrinks. */
void neo4j_network_delay(struct neo4j_network *network, const char *from, const char *to, int64_t delay_ns);
/* Every n-th message from one address to another is lost; 0: none is, 1: all are. Servers talk over TCP,
 * which loses nothing: this is what breaks when connections break again and again. */
void neo4j_network_lose(struct neo4j_network *network, const char *from, const char *to, unsigned every);
/* Called whenever something was scheduled for a process from outside its own tick (a message to it, a request
 * of a client): the process wants a tick at at_ns. Whoever keeps a timer moves it forward here. */
void neo4j_network_on_wake(struct neo4j_network *network,
                           void (*wake)(void *context, struct neo4j_process *process, int64_t at_ns),
                           void *context);
/* Tells every process what time it is: before one is told to end, which counts from then. */
void neo4j_network_set_now(struct neo4j_network *network, int64_t now_ns);
/* Ticks every process that has something due, in the order in which they started, and returns when the next
 * one wants to be ticked (INT64_MAX: none): for worlds that drive all processes together. */
int64_t neo4j_network_tick(struct neo4j_network *network, int64_t now_ns);

/* A bucket of an object store ("s3://backups", "azb://account/container"), empty at first; it lives as long
 * as the network. Only buckets that were made can be reached. */
void neo4j_network_make_bucket(struct neo4j_network *network, const char *uri);

/* A volume: outlives processes. What is mounted at /data holds stores. One per claim; empty at first. Owned
 * by the node. */
struct neo4j_volume;
struct neo4j_volume *neo4j_volume_new(void);
void neo4j_volume_free(struct neo4j_volume *volume);
bool neo4j_volume_is_empty(const struct neo4j_volume *volume);
/* All that it holds is gone. No process runs on it. */
void neo4j_volume_lose(struct neo4j_volume *volume);

/* What is wrong with the disk of a volume.
 *
 * Full: the first write that a database needs makes it panic on this server: what was committed stays, the
 * write fails, its member of the group falls silent (the others elect a new leader and go on), and it is
 * stopped here, with the reason in statusMessage. Room alone does not bring it back: the server has to be
 * restarted, or the database stopped and started. A panic of the system database ends the server with 1
 * where server.panic.shutdown_on_panic says so (the default since 2025.01), else that server no longer takes
 * part in system. A server does not start on a full disk (exit code 1); files (backups, dumps) can't be
 * written to it. Reading goes on.
 * Slow: whatever waits for the disk takes twenty times as long, and each message of a raft group is held back
 * for half a second, for it is written before it is sent.
 * Sources: Neo4j Knowledge Base, "Neo4j behaviour when running out of disk space"; Operations Manual,
 * "Configuration settings" (server.panic.shutdown_on_panic), "Error handling"; kernel,
 * DatabaseHealth (the words of a panic). A server that only can't preallocate its next transaction log goes
 * into read-only mode before that (kernel, LogFileChannelNativeAccessor); that state is not simulated. */
enum neo4j_disk { NEO4J_DISK_FINE, NEO4J_DISK_FULL, NEO4J_DISK_SLOW };
void neo4j_volume_set_disk(struct neo4j_volume *volume, enum neo4j_disk disk);

struct neo4j_mount {
    const char *path; /* absolute, in the container */
    struct neo4j_volume *volume;
    const char *sub_path; /* NULL: none */
    bool is_read_only;
};

/* What the container was given. All borrowed during neo4j_process_start() only, but for data. */
struct neo4j_container {
    const char *image;        /* "neo4j:5.26.0-enterprise" */
    const struct json *args;  /* array of strings: command and args of the container; empty: the image's */
    const struct json *env;   /* object: name → string, with $(VAR) expanded as the kubelet does */
    const struct json *files; /* object: absolute path → string content (mounted ConfigMaps, Secrets …) */
    struct neo4j_volume *data;        /* mounted at /data; NULL: none, data is lost with the process */
    const struct neo4j_mount *mounts; /* of all volumes whose files processes write */
    size_t mount_count;
    const char *address;     /* the pod's IP */
    const char *host_name;   /* the pod's name */
    const char *namespace;   /* the pod's namespace (of its service account); NULL: "default" */
    int64_t memory_bytes;    /* the container's limit, 0: none */
    unsigned start_delay_ms; /* from start to "Bolt enabled", without waiting for others */
};

/* Starts; logs go to log_line (one call a line, without newline), also later from ticks. Never fails: a
 * process that can't run exits in its first ticks. The network must outlive it. */
struct neo4j_process *neo4j_process_start(struct neo4j_network *network,
                                          const struct neo4j_container *container, int64_t now_ns,
                                          void (*log_line)(void *context, const char *line),
                                          void *log_context);
void neo4j_process_free(struct neo4j_process *process);
/* What is mounted now: the kubelet brings changes of Secrets and ConfigMaps to running containers. The
 * process looks at its files when it starts, and when it is told to. */
void neo4j_process_set_files(struct neo4j_process *process, const struct json *files);

/* Does what is due at now_ns: messages that arrived, elections, start-up steps. Returns when it next wants to
 * be called (INT64_MAX: only when a message arrives). */
int64_t neo4j_process_tick(struct neo4j_process *process, int64_t now_ns);
/* SIGTERM: leadership moves, stores are checkpointed, then it exits with 143 within some ticks. SIGKILL: at
 * once, with 137. */
void neo4j_process_terminate(struct neo4j_process *process, bool is_kill);
/* True once it has exited. */
bool neo4j_process_exited(const struct neo4j_process *process, int *out_exit_code);
/* Whether something listens on this TCP port of the pod's address (7687, 7474, 6000 …): what probes see. */
bool neo4j_process_listens(const struct neo4j_process *process, uint16_t port);
