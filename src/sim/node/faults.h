/* Faults of nodes: what goes wrong with machines, kubelets, containers and disks, on demand.
 *
 * Each takes effect at once or at the next node_tick(), and is as deterministic as the rest: the same faults
 * at the same times with the same seed give the same world. Not to be called from within node_tick() or a
 * callback of it. What the control plane makes of a node that is not heard of any more is its own affair, see
 * sim/workloads/node_lifecycle.c.
 */
#pragma once

#include "sim/node/node.h"

/* Ends a running container at once, with exit code 137: by the kernel for want of memory (reason OOMKilled),
 * or by anything else that kills (reason Error). The kubelet then does what spec.restartPolicy says, with
 * CrashLoopBackOff from the second time within ten minutes on. False: no such container runs.
 * Sources: Kubernetes documentation, "Pod Lifecycle" (container restarts), "Assign Memory Resources to
 * Containers and Pods" (OOMKilled). */
bool node_kill_container(struct node *node, const char *namespace, const char *pod, const char *container,
                         bool is_out_of_memory);

/* Off: the member's containers are gone without a word to anybody; no lease, no status, no deletion of pods.
 * Nobody listens at the addresses of its pods any more, and fronts are closed.
 * On: the kubelet comes back as after a reboot, and registers its node. Pods that are still bound to it
 * start over, in a new sandbox with a new address: each container counts a restart, and its last state is
 * exit code 255, "Unknown", as container runtimes tell of what they lost. Claims and emptyDirs are as they
 * were, but for emptyDirs in memory. Pods that were deleted meanwhile are ended, the others are forgotten.
 * member is the node's name; one that does not exist is an error of the caller.
 * Sources: Kubernetes documentation, "Nodes", "Volumes" (emptyDir); pkg/kubelet (HandlePodCleanups),
 * containerd pkg/cri/server (restart.go: what is lost has exit code 255 and reason Unknown). */
void node_set_power(struct node *node, const char *member, bool is_on);

/* Not connected: the kubelet can't reach the API server. Containers run on, are probed and restarted; nothing
 * that happens in the API is known, no lease is renewed, no status and no event is written, volumes can't be
 * mounted. Connected again: the node's and the pods' status are written, and what happened meanwhile is made
 * up for. Its containers can still reach others: cut their links in node_network() for a whole partition.
 * Source: Kubernetes documentation, "Nodes" (heartbeats), "Communication between Nodes and the Control
 * Plane".
 */
void node_set_kubelet(struct node *node, const char *member, bool is_connected);

/* What the claim's volume holds is gone, as with a disk that is lost and replaced by a new one. Containers
 * that use it die (137) and start again on an empty volume. False: there is no such claim. */
bool node_lose_volume(struct node *node, const char *namespace, const char *claim);

enum node_disk { NODE_DISK_FINE, NODE_DISK_FULL, NODE_DISK_SLOW };

/* Full: nothing more can be written to the claim's volume; what a server then does is told in
 * neo4j_volume_set_disk(). Slow: commits, checkpoints, starts and store copies take twenty times as long and
 * more. False: there is no such claim. A new disk, see above, is as full or slow as the one before. */
bool node_set_disk(struct node *node, const char *namespace, const char *claim, enum node_disk disk);

/* Random choices from now on (ids of containers and servers, election time-outs) come from this seed: a world
 * that was prepared once can go on in many ways. What was chosen before, such as time-outs that run, stays.
 */
void node_reseed(struct node *node, uint64_t seed);
