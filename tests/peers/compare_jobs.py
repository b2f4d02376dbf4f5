#!/usr/bin/python3
"""Runs the same Jobs and CronJobs on two control planes, whose nodes get none of the pods, plays the kubelet, and compares
what the controllers make of them: statuses, pods, Jobs and events. Prints TAP: a check for each play.

    compare_jobs.py REAL_KUBECONFIG SANDBOX_KUBECONFIG [PLAY...]
    compare_jobs.py --show KUBECONFIG [PLAY...]        prints what one says

Each play has a namespace of its own; all run at once, because the real controllers wait between tries. A play acts, and looks
at what came of it: in the sandbox when nothing has changed for a while, then in the real one until it is the same, or for too
long. (The real controllers are slowed down when there is much to do, so there is no telling when they have come to rest.)
Names, uids and times are made equal.
"""
import concurrent.futures
import datetime
import difflib
import json
import re
import sys
import time
import zoneinfo

from api_client import Client
from tap import check, finish

QUIET_SECONDS = 1.2
LOOK_SECONDS_MAX = 30
MERGE = "application/merge-patch+json"
JOBS, PODS, CRON_JOBS = "/apis/batch/v1/namespaces/{}/jobs", "/api/v1/namespaces/{}/pods", "/apis/batch/v1/namespaces/{}/cronjobs"
EVENTS = "/api/v1/namespaces/{}/events"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(?=Z|[+-]\d\d:\d\d)")
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOWHERE = {"example.com/nowhere": "true"}
CONTAINER = {"name": "c", "image": "registry.example/backup:1"}


class Stage:
    """A namespace of a control plane, and what was seen in it."""

    def __init__(self, kubeconfig, name, expected):
        self.client, self.namespace, self.seen, self.expected = Client(kubeconfig), f"jobs-{name}", [], expected
        self.call("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        self.wait("the service account", lambda: self.client.send(
            "GET", f"/api/v1/namespaces/{self.namespace}/serviceaccounts/default", None)[0] == 200)

    def call(self, method, path, body=None, content_type="application/json"):
        status, answer = self.client.send(method, path.format(self.namespace), body, content_type)
        assert status < 300, f"{method} {path}: {status} {answer.get('message')}"
        return answer

    @staticmethod
    def wait(what, is_so):
        end = time.monotonic() + LOOK_SECONDS_MAX
        while not is_so():
            assert time.monotonic() < end, f"waited in vain for {what}"
            time.sleep(0.1)

    # ---- acting ----

    def job(self, name="job", **spec):
        template = {"spec": {"restartPolicy": "Never", "containers": [CONTAINER], "nodeSelector": NOWHERE, **spec.pop("pod", {})}}
        self.call("POST", JOBS, {"metadata": {"name": name}, "spec": {"template": template, **spec}})

    def patch_job(self, patch, name="job"):
        self.call("PATCH", f"{JOBS}/{name}", patch, MERGE)

    def cron_job(self, minutes, zone="UTC", job=None, **spec):
        """One that was due so many minutes ago, at that time of the day."""
        self.zone = zone
        template = {"spec": {"restartPolicy": "Never", "containers": [CONTAINER], "nodeSelector": NOWHERE}}
        self.call("POST", CRON_JOBS, {"metadata": {"name": "cron"}, "spec": {
            "schedule": self.schedule(minutes), **spec,
            "jobTemplate": {"metadata": {"labels": {"app": "cron"}}, "spec": {"template": template, **(job or {})}}}})

    def schedule(self, minutes):
        return (datetime.datetime.now(zoneinfo.ZoneInfo(self.zone)) - datetime.timedelta(minutes=minutes)).strftime("%M %H * * *")

    def due(self, minutes=None, days=2):
        """It was last started days ago: so it is late. With minutes, at another time of the day."""
        if minutes is not None:
            self.call("PATCH", f"{CRON_JOBS}/cron", {"spec": {"schedule": self.schedule(minutes)}}, MERGE)
        last = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
        self.call("PATCH", f"{CRON_JOBS}/cron/status", {"status": {"lastScheduleTime": last.strftime("%Y-%m-%dT%H:%M:%SZ")}}, MERGE)

    def pods(self):
        return sorted(self.call("GET", PODS)["items"], key=lambda pod: pod["metadata"]["name"])

    def active(self):
        return [pod for pod in self.pods() if pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
                and "deletionTimestamp" not in pod["metadata"]]

    def play(self, phase, exit_code=None, ready=False, conditions=(), count=1):
        """So many active pods get to a phase, once there are as many."""
        self.wait(f"{count} active pods", lambda: len(self.active()) >= count)
        for pod in self.active()[:count]:
            status = {"phase": phase, "conditions": [{"type": "Ready", "status": "True" if ready else "False"}, *conditions]}
            if exit_code is not None:
                status["containerStatuses"] = [{
                    "name": "c", "image": "i", "imageID": "", "ready": False, "restartCount": 0,
                    "state": {"terminated": {"exitCode": exit_code, "finishedAt": now(), "startedAt": now()}}}]
            self.call("PATCH", f"{PODS}/{pod['metadata']['name']}/status", {"status": status}, MERGE)

    def delete(self, path, body=None):
        self.call("DELETE", path, body)

    # ---- looking ----

    def state(self):
        jobs = [{"name": job["metadata"]["name"], "spec": {key: job["spec"].get(key) for key in ("suspend", "parallelism")},
                 "labels": job["metadata"].get("labels"), "annotations": job["metadata"].get("annotations"),
                 "deleting": "deletionTimestamp" in job["metadata"], "selector": job["spec"].get("selector"),
                 "template labels": job["spec"]["template"]["metadata"].get("labels"),
                 "owners": job["metadata"].get("ownerReferences"), "status": job.get("status")}
                for job in self.call("GET", JOBS)["items"]]
        pods = [{"name": re.sub(r"-.....$", "-xxxxx", pod["metadata"]["name"]), "phase": pod["status"].get("phase"),
                 "generateName": pod["metadata"].get("generateName"), "finalizers": pod["metadata"].get("finalizers"),
                 "labels": pod["metadata"].get("labels"), "owners": pod["metadata"].get("ownerReferences"),
                 "deleting": "deletionTimestamp" in pod["metadata"]} for pod in self.pods()]
        cron = [{"name": job["metadata"]["name"], "status": job.get("status")} for job in self.call("GET", CRON_JOBS)["items"]]
        return {"jobs": jobs, "pods": sorted(pods, key=json.dumps), "cron": cron}

    def look(self, what):
        self.see({"at": what}, lambda: normal(self.state()))

    def look_at_events(self):
        self.see({"at": "events"}, lambda: {"events": sorted(
            [event["involvedObject"]["kind"], event["type"], event["reason"],
             re.sub(r"-[a-z0-9]{5}\b|-\d{8}\b", "-xxxxx", event["message"])]
            for event in self.call("GET", EVENTS)["items"] if event["involvedObject"]["kind"] != "Pod")})

    def see(self, title, look):
        wanted = self.expected[len(self.seen)] if self.expected else None
        before, since, end = None, time.monotonic(), time.monotonic() + LOOK_SECONDS_MAX
        while time.monotonic() < end and (wanted or time.monotonic() - since < QUIET_SECONDS):
            found = {**title, **look()}
            if found != before:
                before, since = found, time.monotonic()
            if found == wanted:
                break
            time.sleep(0.2)
        self.seen.append(before)


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def normal(value):
    text = re.sub(r"\b(cron)-\d{8}", r"\1-MINUTE", UID.sub("UID", TIME.sub("TIME", json.dumps(value))))
    text = re.sub(r'"resourceVersion": "\d+"', '"resourceVersion": "N"', text)
    text = re.sub(r"\b(job|cron-MINUTE)-[a-z0-9]{5}\b", r"\1-xxxxx", text)
    return json.loads(text)


# ---- plays ----

def success(stage):
    stage.job()
    stage.look("created")
    stage.play("Running", ready=True)
    stage.look("running")
    stage.play("Succeeded", 0)
    stage.look("succeeded")
    stage.look_at_events()


def failure(stage):
    stage.job(backoffLimit=0)
    stage.play("Failed", 1)
    stage.look("failed")
    stage.look_at_events()


def second_try(stage):
    stage.job(backoffLimit=1)
    stage.play("Failed", 1)
    stage.look("failed once")
    stage.play("Succeeded", 0)
    stage.look("succeeded then")


def third_try(stage):
    stage.job(backoffLimit=1)
    stage.play("Failed", 1)
    stage.play("Failed", 1)
    stage.look("failed twice")
    stage.look_at_events()


def deadline(stage):
    stage.job(activeDeadlineSeconds=3)
    stage.play("Running", ready=True)
    time.sleep(4)
    stage.look("after the deadline")
    stage.look_at_events()


def suspended(stage):
    stage.job(suspend=True)
    stage.look("suspended")
    stage.patch_job({"spec": {"suspend": False}})
    stage.look("resumed")
    stage.play("Running", ready=True)
    stage.patch_job({"spec": {"suspend": True}})
    stage.look("suspended again")
    stage.patch_job({"spec": {"suspend": False}})
    stage.play("Succeeded", 0)
    stage.look("succeeded")
    stage.look_at_events()


def many(stage):
    stage.job(parallelism=2, completions=3)
    stage.play("Running", ready=True, count=2)
    stage.look("two run")
    stage.play("Succeeded", 0)
    stage.look("one is done")
    stage.play("Succeeded", 0, count=2)
    stage.look("all are done")


def work_queue(stage):
    stage.job(parallelism=2)
    stage.play("Running", ready=True, count=2)
    stage.play("Succeeded", 0)
    stage.look("one is done")
    stage.play("Succeeded", 0)
    stage.look("both are done")


def fewer(stage):
    stage.job(parallelism=3, completions=3)
    stage.play("Running", count=3)
    stage.patch_job({"spec": {"parallelism": 1}})
    stage.look("one runs")
    stage.patch_job({"spec": {"parallelism": 0}})
    stage.look("none runs")


def fail_job(stage):
    stage.job(podFailurePolicy={"rules": [
        {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]},
        {"action": "FailJob", "onExitCodes": {"containerName": "c", "operator": "In", "values": [42]}}]})
    stage.play("Failed", 137, conditions=[{"type": "DisruptionTarget", "status": "True"}])
    stage.look("a disruption does not count")
    stage.play("Failed", 42)
    stage.look("an exit code ends it")
    stage.look_at_events()


def lost_pod(stage):
    stage.job(backoffLimit=0, podReplacementPolicy="Failed")
    stage.play("Running", ready=True)
    name = stage.active()[0]["metadata"]["name"]
    stage.delete(f"{PODS}/{name}")
    stage.call("PATCH", f"{PODS}/{name}/status", {"status": {"phase": "Failed"}}, MERGE)
    stage.look("the pod was deleted")


def replaced_pod(stage):
    stage.job(backoffLimit=2)
    stage.play("Running", ready=True)
    stage.delete(f"{PODS}/{stage.active()[0]['metadata']['name']}")
    stage.play("Succeeded", 0)
    stage.look("the pod after it succeeded")


def cleanup(stage):
    stage.job(ttlSecondsAfterFinished=10)
    stage.play("Succeeded", 0)
    stage.look("succeeded")
    time.sleep(9)
    stage.look("cleaned up")


def deleted(stage):
    stage.job()
    stage.play("Running", ready=True)
    stage.delete(f"{JOBS}/job", {"propagationPolicy": "Background"})
    stage.look("deleted")


def deleted_alone(stage):
    stage.job()
    stage.play("Running", ready=True)
    stage.delete(f"{JOBS}/job", {"propagationPolicy": "Orphan"})
    stage.look("deleted without its pod")


def managed_by_another(stage):
    stage.job(managedBy="example.com/another")
    stage.look("left alone")


def cron(stage):
    stage.cron_job(5)
    stage.look("not due")
    stage.due()
    stage.look("due")
    stage.play("Succeeded", 0)
    stage.look("done")
    stage.look_at_events()


def cron_overlaps(stage):
    stage.cron_job(5)
    stage.due()
    stage.look("one")
    stage.due(3)
    stage.look("two")
    stage.look_at_events()


def cron_forbids(stage):
    stage.cron_job(5, concurrencyPolicy="Forbid")
    stage.due()
    stage.look("one")
    stage.due(3)
    stage.look("still one")
    stage.look_at_events()


def cron_replaces(stage):
    stage.cron_job(5, concurrencyPolicy="Replace")
    stage.due()
    stage.look("one")
    stage.due(3)
    stage.look("another")
    stage.look_at_events()


def cron_suspended(stage):
    stage.cron_job(5, suspend=True)
    stage.due()
    stage.look("nothing")
    stage.call("PATCH", f"{CRON_JOBS}/cron", {"spec": {"suspend": False}}, MERGE)
    stage.look("what was missed")


def cron_too_late(stage):
    stage.cron_job(5, startingDeadlineSeconds=60)
    stage.due()
    stage.look("nothing")
    stage.look_at_events()


def cron_in_time(stage):
    stage.cron_job(5, startingDeadlineSeconds=600)
    stage.due()
    stage.look("one")
    stage.look_at_events()


def cron_history(stage):
    stage.cron_job(9, successfulJobsHistoryLimit=1, failedJobsHistoryLimit=0, job={"backoffLimit": 0})
    stage.due()
    stage.play("Succeeded", 0)
    stage.look("one")
    stage.due(7)
    stage.play("Failed", 1)
    stage.look("failed")
    stage.due(5)
    stage.play("Succeeded", 0)
    stage.look("another")


def cron_zone(stage):
    stage.cron_job(5, timeZone="America/New_York", zone="America/New_York")
    stage.due()
    stage.look("due")


def cron_often(stage):
    stage.cron_job(5)
    stage.due(5, days=150)
    stage.look("once")
    stage.look_at_events()


def cron_deleted(stage):
    stage.cron_job(5)
    stage.due()
    stage.look("one")
    stage.delete(f"{JOBS}/{stage.call('GET', JOBS)['items'][0]['metadata']['name']}", {"propagationPolicy": "Background"})
    stage.look("without its Job")
    stage.look_at_events()
    stage.due(3)
    stage.delete(f"{CRON_JOBS}/cron", {"propagationPolicy": "Background"})
    stage.look("gone")


PLAYS = [success, failure, second_try, third_try, deadline, suspended, many, work_queue, fewer, fail_job, lost_pod,
         replaced_pod, cleanup, deleted, deleted_alone, managed_by_another, cron, cron_overlaps, cron_forbids, cron_replaces,
         cron_suspended, cron_too_late, cron_in_time, cron_history, cron_zone, cron_often, cron_deleted]


def perform(kubeconfig, play, expected=None):
    stage = Stage(kubeconfig, play.__name__.replace("_", "-"), expected)
    play(stage)
    return stage.seen


def both(real_config, sandbox_config, play):
    simulated = perform(sandbox_config, play)
    return perform(real_config, play, simulated), simulated


def same(run):
    for theirs, ours in zip(*run.result()):
        if theirs != ours:
            text = [json.dumps(one, indent=1, sort_keys=True).splitlines() for one in (theirs, ours)]
            raise AssertionError(f"{theirs['at']}:\n" + "\n".join(difference(*text)))


def difference(theirs, ours):
    return [line for line in difflib.unified_diff(theirs, ours, "real", "simulated", n=2, lineterm="")]


def main():
    is_shown = sys.argv[1] == "--show"
    plays = [play for play in PLAYS if not sys.argv[3:] or play.__name__ in sys.argv[3:]]
    with concurrent.futures.ThreadPoolExecutor(len(plays)) as pool:
        runs = [pool.submit(perform, sys.argv[2], play) if is_shown else pool.submit(both, *sys.argv[1:3], play)
                for play in plays]
    for play, run in zip(plays, runs):
        if is_shown:
            print(play.__name__, json.dumps(run.result(), indent=1))
        else:
            check(f"jobs: {play.__name__.replace('_', ' ')}", same, run)
    return 0 if is_shown else finish()


if __name__ == "__main__":
    sys.exit(main())
