"""Runs the cases with the official Python driver; see README.md. Prints a line of JSON for each."""
import hashlib
import json
import os
import sys
import time
import uuid
import warnings

import neo4j
import pytz
from neo4j import exceptions, graph, spatial
from neo4j import time as neo4j_time
from neo4j.auth_management import ClientCertificate, ClientCertificateProviders

warnings.simplefilter("ignore")
cases_file, uri, password = sys.argv[1:]
address = uri.split("://")[1]
vector = getattr(neo4j, "vector", None)
if vector is None and int(neo4j.__version__.split(".")[0]) >= 6:
    from neo4j import vector


# ---- values: JSON with a tag where JSON has no type of its own ----

def offset(seconds):
    return pytz.FixedOffset(seconds // 60)


def zoned(numbers):
    return pytz.timezone(numbers[7]).localize(moment(numbers[:7]))


def moment(numbers, zone=None):
    year, month, day, hour, minute, second, nanosecond = numbers
    return neo4j_time.DateTime(year, month, day, hour, minute, second, nanosecond, tzinfo=zone)


GIVEN = {
    "int": int,
    "float": float,
    "map": lambda members: {key: given(value) for key, value in members.items()},
    "bytes": bytes.fromhex,
    "uuid": uuid.UUID,
    "date": lambda numbers: neo4j_time.Date(*numbers),
    "localtime": lambda numbers: neo4j_time.Time(*numbers),
    "time": lambda numbers: neo4j_time.Time(*numbers[:4], tzinfo=offset(numbers[4])),
    "localdatetime": moment,
    "datetime": lambda numbers: moment(numbers[:7], offset(numbers[7])),
    "zoned": zoned,
    "duration": lambda numbers: neo4j_time.Duration(months=numbers[0], days=numbers[1], seconds=numbers[2],
                                                    nanoseconds=numbers[3]),
    "point": lambda numbers: (spatial.CartesianPoint if numbers[0] in (7203, 9157) else spatial.WGS84Point)(numbers[1:]),
    "vector": lambda items: vector.Vector(
        [float(item) if items[0].startswith("float") else int(item) for item in items[1:]],
        {"float32": "f32", "float64": "f64", "int8": "i8", "int16": "i16", "int32": "i32", "int64": "i64"}[items[0]]),
}


def given(value):
    if isinstance(value, list):
        return [given(item) for item in value]
    if isinstance(value, dict):
        (tag, inner), = value.items()
        return GIVEN[tag](inner)
    return value


def shown_text(text):
    encoded = text.encode()
    return text if len(encoded) <= 500 else {"text": [len(encoded), hashlib.sha256(encoded).hexdigest()[:12]]}


def shown_moment(value):
    fields = [*value.year_month_day, value.hour, value.minute, value.second, value.nanosecond]
    if value.tzinfo is None:
        return {"localdatetime": fields}
    seconds = int(value.utcoffset().total_seconds())
    name = getattr(value.tzinfo, "zone", None)
    return {"zoned": [*fields, seconds, name]} if name else {"datetime": [*fields, seconds]}


def shown_time(value):
    fields = [value.hour, value.minute, value.second, value.nanosecond]
    if value.tzinfo is None:
        return {"localtime": fields}
    return {"time": [*fields, int(value.utcoffset().total_seconds())]}


def shown_node(node):
    return {"node": [node.element_id, sorted(node.labels), {key: shown(node[key]) for key in sorted(node)}]}


SHOWN = [
    (bool, lambda value: value),
    (int, lambda value: {"int": str(value)}),
    (float, lambda value: {"float": repr(value)}),
    (str, shown_text),
    ((bytes, bytearray), lambda value: {"bytes": value.hex()}),
    (uuid.UUID, lambda value: {"uuid": str(value)}),
    (list, lambda value: [shown(item) for item in value]),
    (dict, lambda value: {"map": {key: shown(value[key]) for key in sorted(value)}}),
    (neo4j_time.DateTime, shown_moment),
    (neo4j_time.Date, lambda value: {"date": list(value.year_month_day)}),
    (neo4j_time.Time, shown_time),
    (neo4j_time.Duration, lambda value: {"duration": [value.months, value.days, value.seconds, value.nanoseconds]}),
    (spatial.Point, lambda value: {"point": [value.srid, *(repr(number) for number in value)]}),
    (graph.Node, shown_node),
]


def shown(value):
    if value is None:
        return None
    for kind, show in SHOWN:
        if isinstance(value, kind):
            return show(value)
    if vector is not None and isinstance(value, vector.Vector):
        return {"vector": [str(value.dtype), *(repr(item) for item in value.to_native())]}
    return {"unknown": type(value).__name__}


# ---- what came of a step ----

def shown_error(error):
    if isinstance(error, Nothing):
        return {"nothing": str(error)}
    if not isinstance(error, exceptions.Neo4jError):
        cause = error.__cause__ if isinstance(error.__cause__, exceptions.Neo4jError) else None
        return {"local": type(error).__name__, **({"cause": shown_error(cause)} if cause else {})}
    chain, cause = [], error
    while isinstance(cause, exceptions.GqlError):
        chain.append([cause.gql_status, cause.gql_status_description, cause.gql_raw_classification,
                      shown(cause.diagnostic_record), cause.message])
        cause = cause.__cause__
    return {"kind": type(error).__name__, "code": error.code, "message": error.message,
            "retryable": error.is_retryable(), "statuses": chain}


def shown_position(position):
    return [position.offset, position.line, position.column] if position else None


def shown_summary(summary):
    names = [name for name in dir(summary.counters) if not name.startswith("_")]
    counters = {name: value for name in names if isinstance(value := getattr(summary.counters, name), int)
                and not isinstance(value, bool) and value}
    return {
        "counters": counters,
        "updates": [summary.counters.contains_updates, summary.counters.contains_system_updates],
        "type": summary.query_type,
        "server": [summary.server.agent, "%s:%s" % summary.server.address[:2], str(summary.server.protocol_version)],
        "database": summary.database,
        "notifications": [[one.code, one.title, one.description, str(one.severity_level), str(one.category),
                           shown_position(one.position)] for one in summary.summary_notifications],
        "statuses": [[one.gql_status, one.status_description, str(one.severity), str(one.classification),
                      shown_position(one.position), shown(one.diagnostic_record)] for one in summary.gql_status_objects],
        "plan": (summary.plan or {}).get("operatorType"),
        "profile": [key for key in ("operatorType", "dbHits", "rows") if key in (summary.profile or {})],
        "timed": [summary.result_available_after is not None, summary.result_consumed_after is not None],
    }


def rows(keys, records, show):
    if show == "ends":
        ends = (records[0], records[-1]) if records else ()
        return {"keys": keys, "count": len(records), "ends": [[shown(value) for value in record] for record in ends]}
    return {"keys": keys, "records": [[shown(value) for value in record] for record in records]}


def count_connections():
    """The established connections of this process to the server's port, asked again until they settle."""
    port, count = int(address.rsplit(":", 1)[1]), -1
    for _ in range(20):
        own = set()
        for fd in os.listdir("/proc/self/fd"):
            try:
                own.add(os.readlink(f"/proc/self/fd/{fd}"))
            except OSError:
                pass
        before, count = count, 0
        for table in ("/proc/self/net/tcp", "/proc/self/net/tcp6"):
            for line in list(open(table))[1:]:
                fields = line.split()
                count += (int(fields[2].rsplit(":", 1)[1], 16) == port and fields[3] == "01"
                          and f"socket:[{fields[9]}]" in own)
        if count == before:
            break
        time.sleep(0.05)
    return count


# ---- steps ----

class Nothing(Exception):
    """A step needs what an earlier one failed to make."""


class Case:
    def __init__(self, case):
        self.settings = case
        self.driver = self.session = self.transaction = None
        self.results, self.bookmarks = {}, None

    def close(self):
        for one in (self.session, self.driver):
            if one:
                one.close()
        self.session = self.driver = self.transaction = None

    def open(self, settings):
        self.close()
        wanted = {**self.settings, **settings}
        where = os.environ["NEO4J_ELSEWHERE"] if wanted.get("host") == "elsewhere" else address
        config = {}
        if "certificate" in wanted:
            files = os.path.join(os.environ["NEO4J_CLIENT_CERTIFICATES"], wanted["certificate"])
            config["client_certificate"] = ClientCertificateProviders.static(ClientCertificate(files + ".crt", files + ".key"))
        self.driver = neo4j.GraphDatabase.driver(f"{wanted.get('scheme', 'bolt')}://{where}",
                                                 auth=auth(settings.get("auth", "default")), max_transaction_retry_time=3,
                                                 **config)

    def open_session(self, settings):
        if self.session:
            self.bookmarks = self.session.last_bookmarks()
            self.session.close()
        config = {}
        if "database" in settings:
            config["database"] = settings["database"]
        if settings.get("mode") == "read":
            config["default_access_mode"] = neo4j.READ_ACCESS
        if "fetch" in settings:
            config["fetch_size"] = int(settings["fetch"])
        if "impersonate" in settings:
            config["impersonated_user"] = settings["impersonate"]
        if settings.get("bookmarks") == "nonsense":
            config["bookmarks"] = neo4j.Bookmarks.from_raw_values(["nonsense"])
        elif settings.get("bookmarks"):
            config["bookmarks"] = self.bookmarks
        if settings.get("notifications") == "none":
            config["notifications_min_severity"] = "OFF"
        elif settings.get("notifications") == "warnings":
            config["notifications_min_severity"] = "WARNING"
        self.session = self.driver.session(**config)

    def result(self, step):
        if step.get("of", "r") not in self.results:
            raise Nothing("no result")
        return self.results[step.get("of", "r")]

    def take_transaction(self):
        transaction, self.transaction = self.transaction, None
        if not transaction:
            raise Nothing("no transaction")
        return transaction

    def step_driver(self, step):
        self.open(step["arg"])

    def step_session(self, step):
        self.open_session(step["arg"])

    def step_close_session(self, step):
        self.session.close()

    def step_close_driver(self, step):
        self.close()

    def step_connections(self, step):
        return count_connections()

    def step_sleep(self, step):
        time.sleep(step["arg"] / 1000)

    def step_verify(self, step):
        self.driver.verify_connectivity()

    def step_verify_auth(self, step):
        return self.driver.verify_authentication(auth=auth(step["arg"]))

    def step_multi_db(self, step):
        return self.driver.supports_multi_db()

    def step_server_info(self, step):
        info = self.driver.get_server_info()
        return [info.agent, "%s:%s" % info.address[:2], str(info.protocol_version)]

    def step_run(self, step):
        parameters = {key: given(value) for key, value in step.get("with", {}).items()}
        self.results.pop(step.get("as", "r"), None)
        if self.transaction:
            result = self.transaction.run(step["arg"], parameters)
        elif "timeout_ms" in step:
            metadata = {key: given(value) for key, value in step["metadata"].items()}
            query = neo4j.Query(step["arg"], timeout=step["timeout_ms"] / 1000, metadata=metadata)
            result = self.session.run(query, parameters)
        else:
            result = self.session.run(step["arg"], parameters)
        self.results[step.get("as", "r")] = result
        return list(result.keys())

    def step_next(self, step):
        return [[shown(value) for value in record] for record in self.result(step).fetch(step["arg"])] or self.after_end(step)

    def after_end(self, step):
        """fetch() of a closed result says nothing; the iterator does."""
        return [[shown(value) for value in next(self.result(step))]]

    def step_all(self, step):
        result = self.result(step)
        keys = list(result.keys())
        return rows(keys, list(result), step["arg"])

    def step_consume(self, step):
        return shown_summary(self.result(step).consume())

    def step_begin(self, step):
        metadata = {key: given(value) for key, value in step.get("metadata", {}).items()}
        timeout = step["timeout_ms"] / 1000 if "timeout_ms" in step else None
        self.transaction = self.session.begin_transaction(metadata=metadata or None, timeout=timeout)

    def step_commit(self, step):
        self.take_transaction().commit()

    def step_rollback(self, step):
        self.take_transaction().rollback()

    def step_close_tx(self, step):
        self.take_transaction().close()

    def managed(self, run, statements):
        attempts = 0

        def work(transaction):
            nonlocal attempts
            attempts += 1
            outcome = []
            for statement in statements:
                parameters = {key: given(value) for key, value in statement.get("with", {}).items()}
                result = transaction.run(statement["run"], parameters)
                outcome.append(rows(list(result.keys()), list(result), "values"))
            return outcome
        try:
            return {"results": run(work), "attempts": attempts}
        except exceptions.Neo4jError as error:
            return {"attempts": attempts, "error": shown_error(error)}

    def step_read(self, step):
        return self.managed(self.session.execute_read, step["arg"])

    def step_write(self, step):
        return self.managed(self.session.execute_write, step["arg"])

    def step_execute(self, step):
        parameters = {key: given(value) for key, value in step.get("with", {}).items()}
        routing = neo4j.RoutingControl.READ if step.get("routing") == "read" else neo4j.RoutingControl.WRITE
        answer = self.driver.execute_query(step["arg"], parameters, routing_=routing)
        return {**rows(list(answer.keys), answer.records, "values"), "summary": shown_summary(answer.summary)}

    def step_bookmarks(self, step):
        values = self.session.last_bookmarks().raw_values
        return [len(values), all(value.startswith("FB:") for value in values)]


def auth(what):
    return {"default": ("neo4j", password), "none": None}[what] if isinstance(what, str) else \
        (what[0], password if what[1] == "$password" else what[1])


def unsendable(case):
    """What the driver raises of its own for values that the agreed version of Bolt has not."""
    return (TypeError, ValueError) if "needs" in case else ()


def run(case):
    one, outcomes = Case(case), []
    if case.get("needs") in ("vectors", "UUIDs") and not vector:
        return "this driver has none"
    try:
        one.open(case)
        one.open_session(case.get("session", {}))
        for step in case["steps"]:
            try:
                outcomes.append({"ok": getattr(one, "step_" + step["op"])(step)})
            except (exceptions.Neo4jError, exceptions.DriverError, StopIteration, Nothing, *unsendable(case)) as error:
                outcomes.append({"error": shown_error(error)})
    finally:
        one.close()
    return outcomes


for case in json.load(open(cases_file)):
    print(json.dumps([case["when"], run(case)], ensure_ascii=False), flush=True)
