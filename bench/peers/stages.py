"""What is measured, stage by stage. Each stage measures one subject and leaves the control plane as it found it, so that
subjects can take turns; what it finds goes into a dict of named figures."""
import time

from audit import by_verb, writes
from control_plane import FOREIGN, wait_for

REST_REQUESTS_A_SECOND = 3  # of an operator that has nothing left to form


def median(values):
    return sorted(values)[len(values) // 2]


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


class Stage:
    """A subject with a namespace of its own on the control plane, for the time of one measurement."""

    def __init__(self, plane, subject, name, log):
        self.plane, self.subject, self.log = plane, subject, log
        self.namespace = f"bench-{subject.name}-{name}"
        self.applied = []

    def __enter__(self):
        self.plane.install(self.subject.crds)
        self.plane.new_namespace(self.namespace)
        return self

    def __exit__(self, *failure):
        self.subject.kill()
        if failure[0] is None:
            self.plane.delete_namespace(self.namespace, [self.plane.path(cluster) for cluster in self.applied])

    def start(self):
        return self.subject.start(self.plane, self.log)

    def apply(self, first, last):
        """Applies clusters of these numbers."""
        clusters = [self.subject.manifest(f"c{number}", self.namespace) for number in range(first, last)]
        self.applied += clusters
        self.plane.apply_all(clusters)

    def server_set_made(self, name=None):
        return self.plane.audit.first(self.subject.user, "statefulsets", self.namespace, name)

    def settle(self, quiet):
        """Waits until all servers' pods are ready, then until the operator asks for little, at most a minute."""
        servers = len(self.applied) * self.subject.servers()
        wait_for(f"{servers} ready pods", lambda: self.plane.ready_servers(self.namespace)[1] >= servers, step=1)
        for _ in range(60 // quiet):
            since = time.time()
            time.sleep(quiet)
            if len(self.plane.audit.of(self.subject.user, since)) <= REST_REQUESTS_A_SECOND * quiet:
                break


def measure_start(plane, subject, log, number):
    """From the start of the process until it is ready, and until the first StatefulSet of a cluster that is there."""
    with Stage(plane, subject, f"start-{number}", log) as stage:
        stage.apply(0, 1)
        began = stage.start()
        ready = subject.wait_ready()
        made = wait_for("the StatefulSet", stage.server_set_made, 120, 0.02)
        time.sleep(1)
        return {"start_ready": ready - began, "start_first_apply": made - began, "shutdown": subject.stop()}


def measure_latency(plane, subject, log, count):
    """From the answer to who applied a cluster until the answer to who made its StatefulSet, one cluster at a time."""
    took, asked = [], []
    with Stage(plane, subject, "latency", log) as stage:
        stage.start()
        subject.wait_ready()
        for number in range(count):
            stage.apply(number, number + 1)
            path = plane.path(stage.applied[-1]).rsplit("/", 2)
            applied = plane.audit.first("admin", path[1], stage.namespace, path[2])
            seen = len([request for request in plane.audit.requests if request.user == subject.user
                        and request.resource == "statefulsets" and request.verb in ("create", "patch", "update")])

            def made(name=path[2], since=applied):
                for request in plane.audit.of(subject.user, since - 1):
                    if (request.resource == "statefulsets" and request.namespace == stage.namespace
                            and request.verb in ("create", "patch", "update") and not request.subresource
                            and name in (request.name.removesuffix("-server"), request.name, "") and request.done > applied):
                        return request
                return None
            request = wait_for(f"the StatefulSet of {path[2]}", made, 60, 0.02)
            took.append(request.done - applied)
            asked.append(len(plane.audit.of(subject.user, applied - 0.005, request.done + 1e-6)))
            time.sleep(1)
    return {"apply_median": median(took), "apply_p99": percentile(took, 0.99), "requests_until_set": sum(asked) / count}


def measure_levels(plane, subject, log, levels, quiet, rest):
    """Memory with ever more clusters; processor time and requests until those of each level have settled."""
    found = {}
    with Stage(plane, subject, "levels", log) as stage:
        stage.start()
        subject.wait_ready()
        time.sleep(quiet)
        found["memory_0"] = subject.memory()
        spent, since, before = subject.cpu(), time.time(), 0
        for level in levels:
            stage.apply(before, level)
            stage.settle(quiet)
            before = level
            found[f"memory_{level}"] = subject.memory()
            asked = plane.audit.of(subject.user, since)
            found[f"cpu_formed_{level}"] = subject.cpu() - spent
            found[f"requests_{level}"] = len(asked) / level
            found[f"verbs_{level}"] = {verb: round(count / level, 2) for verb, count in by_verb(asked).items()}
            if level in (levels[0], 100, 300, levels[-1]):
                found.update(measure_rest(plane, subject, level, rest))
    return found


def measure_rest(plane, subject, level, rest):
    """A time in which nothing happens: nothing is applied, and no server answers."""
    since, spent = time.time(), subject.cpu()
    time.sleep(rest)
    asked = plane.audit.of(subject.user, since)
    minutes = (time.time() - since) / 60
    return {f"rest_writes_{level}": writes(asked) / minutes, f"rest_requests_{level}": len(asked) / minutes,
            f"rest_cpu_{level}": (subject.cpu() - spent) / minutes}


def measure_secrets(plane, subject, log, count, quiet):
    """What Secrets cost that nothing names: memory before, when they came, and of one that starts beside them."""
    found = {}
    with Stage(plane, subject, "secrets", log) as stage:
        stage.start()
        subject.wait_ready()
        time.sleep(quiet)
        found["secrets_before"] = subject.memory()
        plane.foreign_secrets(count)
        time.sleep(quiet)
        found["secrets_came"] = subject.memory()
        subject.stop()
        stage.start()
        subject.wait_ready()
        time.sleep(quiet)
        found["secrets_started"] = subject.memory()
    plane.drop_foreign_secrets()
    wait_for("the Secrets to go", lambda: not plane.list("/api/v1", FOREIGN, "secrets?limit=1"))
    return found
