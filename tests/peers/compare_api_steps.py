"""The requests of compare_api.py, in order: later ones build on what earlier ones made.

name, method, path; body and type; accept; save: name -> dotted path in the answer, for <name> in later rows;
events: how many lines of a watch to read; ignore: dotted paths that are not compared, with the reason beside them;
setup: sent, not compared.
"""

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
PARTIAL = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
PARTIAL_LIST = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
MERGE = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"
NS = "/api/v1/namespaces/<ns>"
APPS = "/apis/apps/v1/namespaces/<ns>"
BATCH = "/apis/batch/v1/namespaces/<ns>"
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
WIDGETS = "/apis/compare.example.com/v1/namespaces/<ns>/widgets"
STEPS = []


def step(name, method, path, body=None, **more):
    STEPS.append({"name": name, "method": method, "path": path, "body": body, **more})


def config_map(name, data=None, **metadata):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}, "data": data or {"a": "b"}}


def stateful_set(name, replicas=0, **spec):
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"serviceName": name, "replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}},
                                  "spec": {"containers": [{"name": "c", "image": "i", "ports": [{"containerPort": 80}]}]}},
                     **spec}}


def job(name, restart="Never", labels=None, **spec):
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name, **({"labels": labels} if labels else {})}, "spec": {
        "template": {"spec": {"schedulerName": "nobody", "restartPolicy": restart, "containers": [{"name": "c", "image": "i"}]}}, **spec}}


def cron_job(name, schedule, job=None, **spec):
    template = {"spec": {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}
    return {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name}, "spec": {
        "schedule": schedule, "jobTemplate": {"spec": {"template": template, **(job or {})}}, **spec}}


def pod(name, **spec):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": "p"}},
            "spec": {"schedulerName": "nobody", "automountServiceAccountToken": False,
                     "containers": [{"name": "c", "image": "i"}], **spec}}


def widget(name, **spec):
    return {"apiVersion": "compare.example.com/v1", "kind": "Widget", "metadata": {"name": name},
            "spec": {"size": 3, **spec}}


step("what was left behind goes", "DELETE", CRDS + "/widgets.compare.example.com", setup=True)
step("the namespace is created", "POST", "/api/v1/namespaces",
     {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "<ns>"}})
step("its service account comes", "GET", NS + "/serviceaccounts/default", setup=True)

# What is not there.
step("unknown path", "GET", "/nope")
step("unknown group", "GET", "/apis/nope/v1")
step("unknown resource", "GET", "/api/v1/nope")
step("unknown resource in a namespace", "GET", NS + "/nope")
step("unknown object", "GET", NS + "/pods/nope")
step("unknown object of a group", "GET", APPS + "/statefulsets/nope")
step("unknown namespace on create", "POST", "/api/v1/namespaces/nope/configmaps", config_map("a"))
step("update of nothing", "PUT", APPS + "/statefulsets/nope", stateful_set("nope"))
step("patch of nothing", "PATCH", NS + "/configmaps/nope", {}, type=MERGE)
step("delete of nothing", "DELETE", NS + "/configmaps/nope")
step("method that is not allowed", "POST", NS + "/configmaps/a", config_map("a"))
step("unknown subresource", "GET", NS + "/configmaps/a/nope")

# ConfigMaps: the life of a plain object.
step("create", "POST", NS + "/configmaps?fieldManager=me", config_map("cm", labels={"x": "1"}), save={"cm": "metadata.resourceVersion"})
step("create again", "POST", NS + "/configmaps", config_map("cm"))
step("create with generateName", "POST", NS + "/configmaps",
     {"metadata": {"generateName": "gen-"}}, ignore=["content.metadata.name"], save={"generated": "metadata.name"})
step("delete the generated", "DELETE", NS + "/configmaps/<generated>", ignore=["content.details.name"])
step("create without a name", "POST", NS + "/configmaps", {"metadata": {}})
step("create with a bad name", "POST", NS + "/configmaps", config_map("Bad_Name"))
step("create with a bad label", "POST", NS + "/configmaps", config_map("bad", labels={"a b": "-x-"}))
step("create with bad annotations", "POST", NS + "/configmaps", config_map("bad", annotations={"a b": "x"}))
step("create with a bad finalizer", "POST", NS + "/configmaps", config_map("bad", finalizers=["a b"]))
step("create with bad owners", "POST", NS + "/configmaps", config_map("bad", ownerReferences=[{"name": "x"}]))
step("create with a bad key", "POST", NS + "/configmaps", config_map("bad", {"a/b": "x"}))
step("create with a resource version", "POST", NS + "/configmaps", config_map("bad", resourceVersion="5"))
step("create in another namespace", "POST", NS + "/configmaps", config_map("bad", namespace="other"))
step("create of another kind", "POST", NS + "/configmaps", {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "a"}})
step("create of another version", "POST", NS + "/configmaps", {"apiVersion": "v2", "kind": "ConfigMap", "metadata": {"name": "a"}})
step("create with a wrong type", "POST", NS + "/configmaps", config_map("bad", {"a": 1}))
step("create with an unknown field, warned", "POST", NS + "/configmaps?dryRun=All",
     {**config_map("warned"), "nope": 1})
step("create with an unknown field, strict", "POST", NS + "/configmaps?fieldValidation=Strict",
     {**config_map("bad"), "nope": 1})
step("create with a key twice, strict", "POST", NS + "/configmaps?fieldValidation=Strict",
     '{"metadata":{"name":"bad"},"data":{"a":"1","a":"2"}}')
step("bad field validation", "POST", NS + "/configmaps?fieldValidation=Nope", config_map("bad"))
step("bad dry run", "POST", NS + "/configmaps?dryRun=Nope", config_map("bad"))
step("create dry", "POST", NS + "/configmaps?dryRun=All", config_map("dry"))
step("what was created dry is not there", "GET", NS + "/configmaps/dry")
step("get", "GET", NS + "/configmaps/cm")
step("get as Table", "GET", NS + "/configmaps/cm", accept=TABLE)
step("get as metadata", "GET", NS + "/configmaps/cm", accept=PARTIAL)
step("update", "PUT", NS + "/configmaps/cm", config_map("cm", {"a": "c"}))
step("update with an old version", "PUT", NS + "/configmaps/cm", config_map("cm", resourceVersion="<cm>"))
step("update with another uid", "PUT", NS + "/configmaps/cm", config_map("cm", uid="12345678-1234-1234-1234-123456789012"))
step("update with another name", "PUT", NS + "/configmaps/cm", config_map("other"))
step("update without a name", "PUT", NS + "/configmaps/cm", {"data": {"a": "c"}})
step("patch of the name to none", "PATCH", NS + "/configmaps/cm", {"metadata": {"name": None}}, type=MERGE)
step("merge patch", "PATCH", NS + "/configmaps/cm", {"data": {"a": None, "b": "c"}}, type=MERGE)
step("strategic patch", "PATCH", NS + "/configmaps/cm", {"metadata": {"labels": {"y": "2"}}}, type=STRATEGIC)
step("JSON patch", "PATCH", NS + "/configmaps/cm", [{"op": "add", "path": "/data/z", "value": "1"}], type=JSON_PATCH)
step("JSON patch that fails its test", "PATCH", NS + "/configmaps/cm", [{"op": "test", "path": "/data/z", "value": "2"}], type=JSON_PATCH)
step("JSON patch of what is not there", "PATCH", NS + "/configmaps/cm", [{"op": "remove", "path": "/data/nope"}], type=JSON_PATCH)
step("patch with a wrong type", "PATCH", NS + "/configmaps/cm", {"data": {"a": 1}}, type=MERGE)
step("patch with an unknown field, strict", "PATCH", NS + "/configmaps/cm?fieldValidation=Strict", {"nope": 1}, type=MERGE)
step("patch with an unknown type", "PATCH", NS + "/configmaps/cm", {}, type="text/plain")
step("patch of the name", "PATCH", NS + "/configmaps/cm", {"metadata": {"name": "other"}}, type=MERGE)
step("patch with an old version", "PATCH", NS + "/configmaps/cm", {"metadata": {"resourceVersion": "<cm>"}, "data": {"q": "1"}}, type=MERGE)
step("body that is no JSON", "POST", NS + "/configmaps", "{", ignore=["content.message"])  # Go's parser's words
step("body of an unknown type", "POST", NS + "/configmaps", "x", type="text/plain")
step("apply", "PATCH", NS + "/configmaps/applied?fieldManager=me", config_map("applied"), type=APPLY)
step("apply again", "PATCH", NS + "/configmaps/applied?fieldManager=me", config_map("applied"), type=APPLY)
step("apply with the version of no object creates", "PATCH", NS + "/configmaps/new?fieldManager=me&force=true", config_map("new", resourceVersion="1"), type=APPLY)
step("apply with the version of no object of one that is there", "PATCH", NS + "/configmaps/new?fieldManager=me&force=true", config_map("new", resourceVersion="1"), type=APPLY)
step("apply by another", "PATCH", NS + "/configmaps/applied?fieldManager=other", config_map("applied", {"a": "x"}), type=APPLY)
step("apply by another with force", "PATCH", NS + "/configmaps/applied?fieldManager=other&force=true", config_map("applied", {"a": "x"}), type=APPLY)
step("apply without manager", "PATCH", NS + "/configmaps/applied", config_map("applied"), type=APPLY)
step("apply of an unknown field", "PATCH", NS + "/configmaps/applied?fieldManager=me", {**config_map("applied"), "nope": 1}, type=APPLY)
step("apply without a name", "PATCH", NS + "/configmaps/nameless?fieldManager=me", {"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}}, type=APPLY)
step("apply of another kind", "PATCH", NS + "/configmaps/applied?fieldManager=me", {"apiVersion": "v1", "kind": "Secret"}, type=APPLY)
step("apply with managed fields", "PATCH", NS + "/configmaps/applied?fieldManager=me", config_map("applied", managedFields=[{"manager": "x"}]), type=APPLY)

# Lists.
step("list by label", "GET", NS + "/configmaps?labelSelector=x%3D1,y")
step("list by a set of labels", "GET", NS + "/configmaps?labelSelector=x+in+(1,2),z+notin+(1)")
step("list by absent label", "GET", NS + "/configmaps?labelSelector=!x&fieldSelector=metadata.name%3Dapplied")
step("list by field", "GET", NS + "/configmaps?fieldSelector=metadata.name%3Dcm")
step("list by field that is not", "GET", NS + "/configmaps?fieldSelector=metadata.name!%3Dcm,metadata.name!%3Dkube-root-ca.crt")
step("list with a bad label selector", "GET", NS + "/configmaps?labelSelector=a+b")
step("list with a bad field selector", "GET", NS + "/configmaps?fieldSelector=a.b%3Dc")
step("list with an empty field selector value", "GET", NS + "/configmaps?fieldSelector=a")
step("list a page", "GET", NS + "/configmaps?limit=1&labelSelector=!none", save={"token": "metadata.continue"})
step("list the next page", "GET", NS + "/configmaps?limit=5&labelSelector=!none&continue=<token>", ignore=["content.items"])
step("list with a bad token", "GET", NS + "/configmaps?limit=1&continue=nope", ignore=["content.message"])  # Go's parser's words
step("list as Table", "GET", NS + "/configmaps?labelSelector=x", accept=TABLE)
step("list as metadata", "GET", NS + "/configmaps?labelSelector=x", accept=PARTIAL_LIST)
step("list of the future", "GET", NS + "/configmaps?resourceVersion=999999999&resourceVersionMatch=NotOlderThan")
step("list with a bad version", "GET", NS + "/configmaps?resourceVersion=x")
step("list with a match but no version", "GET", NS + "/configmaps?resourceVersionMatch=Exact")
step("list that can't be accepted", "GET", NS + "/configmaps", accept="text/plain", ignore=["content.message"])  # it names what we don't offer
step("watch from the beginning", "GET", NS + "/configmaps?watch=1&labelSelector=x", events=1)
step("watch with initial events", "GET", NS + "/configmaps?watch=1&labelSelector=x&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
     events=2)
step("watch as Table", "GET", NS + "/configmaps?watch=1&labelSelector=x", accept=TABLE, events=1)
step("watch with a bad option", "GET", NS + "/configmaps?watch=1&resourceVersionMatch=Exact&resourceVersion=1")
step("delete with another uid", "DELETE", NS + "/configmaps/cm", {"preconditions": {"uid": "x"}})
step("delete with a bad propagation", "DELETE", NS + "/configmaps/cm", {"propagationPolicy": "Nope"})
step("delete dry", "DELETE", NS + "/configmaps/cm?dryRun=All")
step("delete", "DELETE", NS + "/configmaps/cm")
step("delete with finalizer: create", "POST", NS + "/configmaps", config_map("held", finalizers=["example.com/x"]), setup=True)
step("delete with finalizer", "DELETE", NS + "/configmaps/held")
step("a new finalizer while deleting", "PATCH", NS + "/configmaps/held", {"metadata": {"finalizers": ["example.com/x", "example.com/y"]}}, type=MERGE,
     ignore=["content.message", "content.details.causes"])  # the real one says it twice
step("the last finalizer goes", "PATCH", NS + "/configmaps/held", {"metadata": {"finalizers": None}}, type=MERGE)
step("it is gone", "GET", NS + "/configmaps/held")
step("immutable: create", "POST", NS + "/configmaps", {**config_map("fixed"), "immutable": True})
step("immutable: change", "PATCH", NS + "/configmaps/fixed", {"data": {"a": "x"}}, type=MERGE)
step("immutable: thaw", "PATCH", NS + "/configmaps/fixed", {"immutable": False}, type=MERGE)
step("delete a collection", "DELETE", NS + "/configmaps?fieldSelector=metadata.name%3Dfixed")

# Secrets.
step("secret from text", "POST", NS + "/secrets", {"metadata": {"name": "s"}, "stringData": {"a": "b"}})
step("secret with a bad encoding", "POST", NS + "/secrets", {"metadata": {"name": "t"}, "data": {"a": "*"}})
step("secret changes its type", "PATCH", NS + "/secrets/s", {"type": "other"}, type=MERGE)
step("secret as Table", "GET", NS + "/secrets", accept=TABLE)

# Jobs and CronJobs.
QUICK = ["content.status", "content.metadata.managedFields", "content.metadata.generation", "content.metadata.resourceVersion"]
step("job: create", "POST", BATCH + "/jobs", job("once", parallelism=0), ignore=QUICK)
step("job: with labels of its own", "POST", BATCH + "/jobs", job("labelled", labels={"a": "b"}, suspend=True), ignore=QUICK)
step("job: restart always", "POST", BATCH + "/jobs", job("bad", restart="Always"))
step("job: no restart policy", "POST", BATCH + "/jobs", job("bad", restart=None))
step("job: negative numbers", "POST", BATCH + "/jobs", job("bad", backoffLimit=-1, ttlSecondsAfterFinished=-1))
step("job: its limit is changed", "PATCH", BATCH + "/jobs/once", {"spec": {"backoffLimit": 2}}, type=MERGE, ignore=QUICK)
step("job: completions are changed", "PATCH", BATCH + "/jobs/once", {"spec": {"completions": 2}}, type=MERGE)
step("job: the template is changed", "PATCH", BATCH + "/jobs/once", {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 1}}}}, type=MERGE,
     ignore=["content.message", "content.details.causes.0.message"])  # the real one prints a Go struct
step("job: delete", "DELETE", BATCH + "/jobs/once", {"propagationPolicy": "Background"}, ignore=["content.status", "content.metadata", "content.spec"])
step("cron job: create", "POST", BATCH + "/cronjobs", cron_job("nightly", "30 2 * * *"), ignore=QUICK)
step("cron job: with a zone", "POST", BATCH + "/cronjobs", cron_job("zoned", "@weekly", timeZone="Europe/Stockholm"), ignore=QUICK)
step("cron job: no schedule", "POST", BATCH + "/cronjobs", cron_job("bad", ""))
for number, schedule in enumerate(["* * * *", "60 * * * *", "* * 0 * *", "5-1 * * * *", "*/0 * * * *", "x * * * *", "1-2-3 * * * *", "1/2/3 * * * *", "* * * * 7", "@often", "TZ=UTC * * * * *", "-1 * * * *"]):
    step(f"cron job: bad schedule {number}", "POST", BATCH + "/cronjobs", cron_job("bad", schedule))
step("cron job: unknown zone", "POST", BATCH + "/cronjobs", cron_job("bad", "@daily", timeZone="Nowhere/City"))
step("cron job: local zone", "POST", BATCH + "/cronjobs", cron_job("bad", "@daily", timeZone="Local"))
step("cron job: empty zone", "POST", BATCH + "/cronjobs", cron_job("bad", "@daily", timeZone=""))
step("cron job: long name", "POST", BATCH + "/cronjobs", cron_job("n" * 53, "@daily"))
step("cron job: bad policy", "POST", BATCH + "/cronjobs", cron_job("bad", "@daily", concurrencyPolicy="Sometimes"))
step("cron job: negative numbers", "POST", BATCH + "/cronjobs", cron_job("bad", "@daily", startingDeadlineSeconds=-1, failedJobsHistoryLimit=-1))
step("cron job: bad job", "POST", BATCH + "/cronjobs", cron_job("bad", "@daily", job={"backoffLimit": -1}))
step("cron job: change", "PATCH", BATCH + "/cronjobs/nightly", {"spec": {"schedule": "0 3 * * *", "suspend": True}}, type=MERGE, ignore=QUICK)
step("cron job: bad change", "PATCH", BATCH + "/cronjobs/nightly", {"spec": {"schedule": "soon"}}, type=MERGE)

# StatefulSets.
step("set: create", "POST", APPS + "/statefulsets", stateful_set("web"))
step("set: unchanged update", "PATCH", APPS + "/statefulsets/web", {"spec": {"replicas": 0}}, type=MERGE, ignore=["content.status", "content.metadata.managedFields"])
step("set: change", "PATCH", APPS + "/statefulsets/web", {"spec": {"minReadySeconds": 5}}, type=STRATEGIC, ignore=["content.status", "content.metadata.managedFields"])
step("set: forbidden change", "PATCH", APPS + "/statefulsets/web", {"spec": {"serviceName": "x"}}, type=MERGE)
step("set: negative replicas", "PATCH", APPS + "/statefulsets/web", {"spec": {"replicas": -1}}, type=MERGE)
step("set: wrong type", "PATCH", APPS + "/statefulsets/web", {"spec": {"replicas": "x"}}, type=MERGE)
step("set: no selector", "POST", APPS + "/statefulsets", {"metadata": {"name": "bad"}, "spec": {"template": {"metadata": {}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})
step("set: selector does not match", "POST", APPS + "/statefulsets", stateful_set("bad", selector={"matchLabels": {"app": "x"}}))
step("set: strict unknown field", "POST", APPS + "/statefulsets?fieldValidation=Strict", stateful_set("bad", nope=1))
step("set: scale", "GET", APPS + "/statefulsets/web/scale")
step("set: scale is changed", "PATCH", APPS + "/statefulsets/web/scale", {"spec": {"replicas": 0}}, type=MERGE)
step("set: negative scale", "PATCH", APPS + "/statefulsets/web/scale", {"spec": {"replicas": -1}}, type=MERGE)
step("set: status", "PATCH", APPS + "/statefulsets/web/status", {"status": {"replicas": 0}}, type=MERGE, ignore=["content.status", "content.metadata.managedFields"])
step("set: as Table", "GET", APPS + "/statefulsets", accept=TABLE, ignore=["content.rows.0.object"])
step("set: delete in the foreground", "DELETE", APPS + "/statefulsets/web", {"propagationPolicy": "Foreground"}, ignore=["content.status", "content.metadata.managedFields"])
step("deployment: create", "POST", APPS + "/deployments", {"metadata": {"name": "d"}, "spec": {"replicas": 0, "selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})

# Services.
step("service: create", "POST", NS + "/services", {"metadata": {"name": "svc"}, "spec": {"selector": {"a": "b"}, "ports": [{"port": 80}]}})
step("service: headless", "POST", NS + "/services", {"metadata": {"name": "headless"}, "spec": {"clusterIP": "None", "selector": {"a": "b"}, "ports": [{"port": 80}]}})
step("service: node port", "POST", NS + "/services", {"metadata": {"name": "np"}, "spec": {"type": "NodePort", "selector": {"a": "b"}, "ports": [{"port": 80}]}})
step("service: load balancer", "POST", NS + "/services", {"metadata": {"name": "lb"}, "spec": {"type": "LoadBalancer", "selector": {"a": "b"}, "ports": [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]}})
step("service: load balancer no more", "PATCH", NS + "/services/lb", {"spec": {"type": "ClusterIP"}}, type=MERGE, ignore=["content.metadata.managedFields", "content.status"])  # no cloud gave the real one an address
step("service: external name", "POST", NS + "/services", {"metadata": {"name": "ext"}, "spec": {"type": "ExternalName", "externalName": "example.com"}})
step("service: bad name", "POST", NS + "/services", {"metadata": {"name": "1svc"}, "spec": {"ports": [{"port": 80}]}}, ignore=["content.message"])
step("service: no ports", "POST", NS + "/services", {"metadata": {"name": "bad"}, "spec": {}})
step("service: bad port", "POST", NS + "/services", {"metadata": {"name": "bad"}, "spec": {"ports": [{"port": 0}]}})
step("service: unnamed ports", "POST", NS + "/services", {"metadata": {"name": "bad"}, "spec": {"ports": [{"port": 1}, {"port": 2}]}})
step("service: address changes", "PATCH", NS + "/services/svc", {"spec": {"clusterIP": "10.96.0.77"}}, type=MERGE)
step("service: update keeps the address", "PUT", NS + "/services/svc", {"metadata": {"name": "svc"}, "spec": {"selector": {"a": "c"}, "ports": [{"port": 80}]}})
step("service: as Table", "GET", NS + "/services?fieldSelector=metadata.name%3Dext", accept=TABLE)
step("service: delete", "DELETE", NS + "/services/svc")

# Pods.
step("pod: create", "POST", NS + "/pods", pod("p"))
step("pod: without containers", "POST", NS + "/pods", pod("bad", containers=[]))
step("pod: without image", "POST", NS + "/pods", pod("bad", containers=[{"name": "c"}]))
step("pod: unknown account", "POST", NS + "/pods", pod("bad", serviceAccountName="nope"))
step("pod: unknown priority", "POST", NS + "/pods", pod("bad", priorityClassName="nope"))
step("pod: resources", "POST", NS + "/pods?dryRun=All", pod("r", containers=[{"name": "c", "image": "i:1", "resources": {"limits": {"memory": "1024Mi", "cpu": "1000m"}}}]))
step("pod: change of the image", "PATCH", NS + "/pods/p", {"spec": {"containers": [{"name": "c", "image": "j"}]}}, type=STRATEGIC)
step("pod: forbidden change", "PATCH", NS + "/pods/p", {"spec": {"hostname": "x"}}, type=MERGE, ignore=["content.message", "content.details"])
step("pod: status", "PATCH", NS + "/pods/p/status", {"status": {"phase": "Running", "podIP": "10.1.2.3", "podIPs": [{"ip": "10.1.2.3"}]}}, type=MERGE)
step("pod: by phase", "GET", NS + "/pods?fieldSelector=status.phase%3DRunning,spec.nodeName%3D")
step("pod: as Table", "GET", NS + "/pods", accept=TABLE)
step("pod: bind", "POST", NS + "/pods/p/binding", {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "nowhere"}}, setup=True)
step("pod: delete with grace", "DELETE", NS + "/pods/p", {"gracePeriodSeconds": 20}, setup=True)
step("pod: delete at once", "DELETE", NS + "/pods/p?gracePeriodSeconds=0", setup=True)
step("pod: log of nothing", "GET", NS + "/pods/nope/log")
step("budget: create", "POST", "/apis/policy/v1/namespaces/<ns>/poddisruptionbudgets", {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "p"}}}})
step("eviction of nothing", "POST", NS + "/pods/nope/eviction", {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "nope"}})
step("token: create", "POST", NS + "/serviceaccounts/default/token", {"spec": {"expirationSeconds": 600}},
     ignore=["content.metadata.managedFields"])  # of what is not kept
step("token: too short", "POST", NS + "/serviceaccounts/default/token", {"spec": {"expirationSeconds": 60}})

# Volumes, accounts, access, leases, events.
step("claim: create", "POST", NS + "/persistentvolumeclaims", {"metadata": {"name": "c"}, "spec": {"storageClassName": "nope", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
step("claim: changes", "PATCH", NS + "/persistentvolumeclaims/c", {"spec": {"accessModes": ["ReadWriteMany"]}}, type=MERGE, ignore=["content.message", "content.details.causes"])
step("claim: as Table", "GET", NS + "/persistentvolumeclaims", accept=TABLE)
step("account: create", "POST", NS + "/serviceaccounts", {"metadata": {"name": "sa"}})
step("role: create", "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/roles", {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]})
step("role: as Table", "GET", "/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/roles", accept=TABLE, ignore=["content.columnDefinitions.1.description"])
step("binding: create", "POST", "/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings", {"metadata": {"name": "r"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "sa", "namespace": "<ns>"}]})
step("binding: changes its role", "PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings/r", {"roleRef": {"name": "x"}}, type=MERGE,
     ignore=["content.message", "content.details.causes"])  # Go's names of the fields
step("lease: create", "POST", "/apis/coordination.k8s.io/v1/namespaces/<ns>/leases", {"metadata": {"name": "l"}, "spec": {"holderIdentity": "me", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.123456Z"}})
step("event: create new", "POST", "/apis/events.k8s.io/v1/namespaces/<ns>/events", {"metadata": {"name": "e"}, "eventTime": "2026-01-01T00:00:00.123456Z", "reportingController": "x.example.com/y", "reportingInstance": "i", "action": "Do", "reason": "Done", "type": "Normal", "note": "hello", "regarding": {"apiVersion": "v1", "kind": "Pod", "name": "p", "namespace": "<ns>"}})
step("event: read as core", "GET", NS + "/events/e")
step("event: by object", "GET", NS + "/events?fieldSelector=involvedObject.name%3Dp,involvedObject.kind%3DPod,reason%3DDone")
step("event: as Table", "GET", NS + "/events?fieldSelector=reason%3DDone", accept=TABLE)
step("event: of another namespace", "POST", NS + "/events", {"metadata": {"name": "f"}, "involvedObject": {"namespace": "other"}})
step("class: create", "POST", "/apis/storage.k8s.io/v1/storageclasses?dryRun=All", {"metadata": {"name": "compare"}, "provisioner": "x"})

# Custom resources.
CRD = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
       "metadata": {"name": "widgets.compare.example.com"},
       "spec": {"group": "compare.example.com", "scope": "Namespaced",
                "names": {"plural": "widgets", "kind": "Widget", "shortNames": ["cwd"]},
                "versions": [{"name": "v1", "served": True, "storage": True,
                              "subresources": {"status": {}, "scale": {"specReplicasPath": ".spec.size", "statusReplicasPath": ".status.size"}},
                              "additionalPrinterColumns": [
                                  {"name": "Size", "type": "integer", "jsonPath": ".spec.size"},
                                  {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type=='Ready')].status"},
                                  {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"}],
                              "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                                  "spec": {"type": "object", "required": ["size"], "properties": {
                                      "size": {"type": "integer", "minimum": 1, "maximum": 9},
                                      "color": {"type": "string", "enum": ["red", "blue"]},
                                      "mode": {"type": "string", "default": "auto"}}},
                                  "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}}}]}}
step("definition: create", "POST", CRDS, CRD, ignore=["content.status", "content.metadata.finalizers"])  # filled in a moment later
step("definition: wrong name", "POST", CRDS, {**CRD, "metadata": {"name": "x.compare.example.com"}})
step("definition: without schema", "POST", CRDS, {**CRD, "metadata": {"name": "others.compare.example.com"}, "spec": {**CRD["spec"], "names": {"plural": "others", "kind": "Other"}, "versions": [{"name": "v1", "served": True, "storage": True}]}})
step("definition: is served", "WAIT", WIDGETS, setup=True)
step("custom: create", "POST", WIDGETS, widget("w"), save={"w": "metadata.resourceVersion"})
step("custom: without kind", "POST", WIDGETS, {"metadata": {"name": "bad"}}, ignore=["content.message"])
step("custom: invalid", "POST", WIDGETS, widget("bad", size=0, color="green"),
     ignore=["content.message"])  # the order of two errors is Go's map's
step("custom: missing", "POST", WIDGETS, {**widget("bad"), "spec": {}})
step("custom: wrong type", "POST", WIDGETS, widget("bad", size="x"),
     ignore=["content.message", "content.details.causes"])  # the real one also says that scale can't read it
step("custom: pruned, warned", "POST", WIDGETS + "?dryRun=All", widget("pruned", nope=1))
step("custom: strict", "POST", WIDGETS + "?fieldValidation=Strict", widget("bad", nope=1))
step("custom: update without version", "PUT", WIDGETS + "/w", widget("w", size=4))
step("custom: update", "PUT", WIDGETS + "/w", {**widget("w", size=4), "metadata": {"name": "w", "resourceVersion": "<w>"}})
step("custom: conflict", "PUT", WIDGETS + "/w", {**widget("w", size=5), "metadata": {"name": "w", "resourceVersion": "<w>"}})
step("custom: merge patch", "PATCH", WIDGETS + "/w", {"spec": {"color": "red"}}, type=MERGE)
step("custom: strategic patch", "PATCH", WIDGETS + "/w", {"spec": {"color": "red"}}, type=STRATEGIC)
step("custom: status", "PATCH", WIDGETS + "/w/status", {"spec": {"size": 9}, "status": {"size": 4, "conditions": [{"type": "Ready", "status": "True"}]}}, type=MERGE)
step("custom: apply status", "PATCH", WIDGETS + "/w/status?fieldManager=me&force=true", {"apiVersion": "compare.example.com/v1", "kind": "Widget", "metadata": {"name": "w"}, "status": {"phase": "x"}}, type=APPLY)
step("custom: the object ignores status", "PATCH", WIDGETS + "/w", {"status": {"size": 9}}, type=MERGE)
step("custom: scale", "GET", WIDGETS + "/w/scale")
step("custom: scale is changed", "PATCH", WIDGETS + "/w/scale", {"spec": {"replicas": 5}}, type=MERGE)
# The real one notes the scale without a time, and orders it first.
step("custom: as Table", "GET", WIDGETS, accept=TABLE, ignore=["content.rows.0.object.metadata.managedFields"])
step("custom: watch", "GET", WIDGETS + "?watch=1", events=1, ignore=["content.0.object.metadata.managedFields"])
step("custom: list", "GET", WIDGETS, ignore=["content.items.0.metadata.managedFields"])
step("custom: unknown field selector", "GET", WIDGETS + "?fieldSelector=spec.size%3D1")
step("custom: apply", "PATCH", WIDGETS + "/x?fieldManager=me", widget("x"), type=APPLY)
step("custom: apply unknown field", "PATCH", WIDGETS + "/x?fieldManager=me", widget("x", nope=1), type=APPLY)
step("custom: discovery", "GET", "/apis/compare.example.com/v1")
step("custom: group", "GET", "/apis/compare.example.com")
step("custom: delete", "DELETE", WIDGETS + "/w")
step("definition: delete", "DELETE", CRDS + "/widgets.compare.example.com", ignore=["content.status", "content.metadata.managedFields"])

# Who am I, and the rest.
step("self review", "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", {}, ignore=["content.status", "content.metadata"])
step("access review", "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}}, ignore=["content.status.reason", "content.metadata"])
step("token review of nonsense", "POST", "/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": "x"}}, ignore=["content.status", "content.spec", "content.metadata"])
step("kept namespace", "DELETE", "/api/v1/namespaces/default")
# Something must keep the namespace from ending before the next step.
step("namespace: something stays", "POST", NS + "/configmaps", config_map("stays", finalizers=["example.com/stays"]), setup=True)
step("namespace: delete", "DELETE", "/api/v1/namespaces/<ns>")
step("namespace: takes nothing more", "POST", NS + "/configmaps", config_map("late"))
