#!/usr/bin/env python3
"""The official drivers, most of all Python's, against simulated servers behind real sockets, no Kubernetes around them.
Prints TAP.

    driver_check.py PROGRAM [IMAGE]     PROGRAM: neo4j_cluster, see neo4j_cluster.c

Runs in a virtual environment that has the package neo4j, 6.x. Starts three servers on loopback addresses of its own
and ends them; one of them also in between.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import neo4j
from neo4j.exceptions import AuthError, DriverError, Neo4jError, WriteServiceUnavailable

PREFIX = "127.89.8"
AUTH = ("neo4j", "secret-word")
SYSTEM = {"database": "system"}
HERE = pathlib.Path(__file__).resolve().parent
# Whether they spread reads that follow one another: Go's prefers servers to which it has an idle connection (its
# internal/pool/server.go, calculatePenalty).
OTHER_DRIVERS = {"go-6": False, "js-6": True, "java-6": True}
READS = 8


class Tap:
    def __init__(self):
        self.count, self.failed = 0, 0

    def check(self, sentence, holds, shown=""):
        self.count += 1
        self.failed += not holds
        print(f"{'ok' if holds else 'not ok'} {self.count} - {sentence}" + ("" if holds else f"\n#   {shown}"), flush=True)


def code_of(call):
    try:
        call()
    except Neo4jError as error:
        return error.code
    except WriteServiceUnavailable as error: # what the driver makes of NotALeader when it has no other server
        return error.__context__.code
    return None


def wait_online(address):
    """Bolt opens before the databases are online."""
    with neo4j.GraphDatabase.driver(f"bolt://{address}:7687", auth=AUTH) as driver:
        while True:
            try:
                rows = driver.execute_query("SHOW DATABASES YIELD name, currentStatus, writer", database_="system").records
                if all(row["currentStatus"] == "online" for row in rows) and \
                        all(any(row["writer"] for row in rows if row["name"] == name) for name in ("system", "neo4j")):
                    return
            except DriverError: # nobody listens yet
                pass
            time.sleep(0.05)


def check_server(tap, address, version):
    for scheme in ("bolt", "neo4j"):
        uri = f"{scheme}://{address}:7687"
        with neo4j.GraphDatabase.driver(uri, auth=AUTH) as driver:
            driver.verify_connectivity()
            info = driver.get_server_info()
            tap.check(f"{uri} agrees on a version of Bolt", info.agent == f"Neo4j/{version}", info.agent)
            rows, summary, keys = driver.execute_query("RETURN $x + 1 AS y, $l AS l", x=41, l=[1, 2.5, "a", None, {"k": True}])
            tap.check(f"{uri} returns what it is given",
                      rows[0]["y"] == 42 and rows[0]["l"] == [1, 2.5, "a", None, {"k": True}] and keys == ["y", "l"], rows)
            with driver.session() as session:
                many = sum(1 for _ in session.run("UNWIND range(1, 5000) AS i RETURN i"))
                tap.check(f"{uri} sends long results in batches", many == 5000, many)
                code = code_of(lambda: session.run("RETRUN 1").consume())
                tap.check(f"{uri} names a syntax error", code == "Neo.ClientError.Statement.SyntaxError", code)
                again = session.execute_read(lambda tx: [tx.run("RETURN 1 AS n").single()["n"], tx.run("RETURN 2 AS n").single()["n"]])
                tap.check(f"{uri} runs several statements in one transaction", again == [1, 2], again)
            with driver.session(**SYSTEM) as session:
                servers = session.run("SHOW SERVERS YIELD *").data()
                tap.check(f"{uri} sees three enabled servers",
                          [(row["state"], row["health"]) for row in servers] == [("Enabled", "Available")] * 3, servers)
                rows = session.run("SHOW DATABASES YIELD name, writer, currentStatus, creationTime").data()
                tap.check(f"{uri} sees one writer of each database",
                          sorted(row["name"] for row in rows if row["writer"]) == ["neo4j", "system"], rows)
                tap.check(f"{uri} gives times as times", all(row["creationTime"].year >= 2024 for row in rows), rows)
                kernel = [row for row in session.run("CALL dbms.components()").data() if row["name"] == "Neo4j Kernel"]
                tap.check(f"{uri} names its edition", kernel[0]["edition"] == "enterprise", kernel)


def check_writes(tap, addresses):
    leaders = []
    for address in addresses:
        with neo4j.GraphDatabase.driver(f"bolt://{address}:7687", auth=AUTH) as driver:
            with driver.session(**SYSTEM) as session:
                code = code_of(lambda: session.run("CREATE DATABASE $name IF NOT EXISTS", name="direct").consume())
                if code is None:
                    leaders.append(address)
                else:
                    tap.check("a follower refuses a write over bolt://", code == "Neo.ClientError.Cluster.NotALeader", code)
    tap.check("the leader takes a write over bolt://", len(leaders) == 1, leaders)
    for number, address in enumerate(addresses):
        with neo4j.GraphDatabase.driver(f"neo4j://{address}:7687", auth=AUTH) as driver:
            summary = driver.execute_query(f"CREATE DATABASE routed{number}", database_="system").summary
            tap.check("a write over neo4j:// comes to the leader", summary.counters.contains_system_updates, summary.counters)
            # The bookmark of the write makes whichever server is asked next wait for it.
            rows = driver.execute_query(f"SHOW DATABASE routed{number} YIELD name", database_="system",
                                        routing_=neo4j.RoutingControl.READ).records
            tap.check("and is read back from any server", len(rows) == 3, rows) # one for each host


def check_refusals(tap, address):
    uri = f"bolt://{address}:7687"
    with neo4j.GraphDatabase.driver(uri, auth=("neo4j", "wrong")) as driver:
        try:
            driver.verify_connectivity()
            tap.check("a wrong password is refused", False)
        except AuthError as error:
            tap.check("a wrong password is refused", error.code == "Neo.ClientError.Security.Unauthorized", error)
    with neo4j.GraphDatabase.driver(uri, auth=AUTH) as driver:
        with driver.session(database="nowhere") as session:
            code = code_of(lambda: session.run("RETURN 1").consume())
            tap.check("an unknown database is not found", code == "Neo.ClientError.Database.DatabaseNotFound", code)
        with driver.session(default_access_mode=neo4j.READ_ACCESS, **SYSTEM) as session:
            code = code_of(lambda: session.run("DROP DATABASE direct").consume())
            tap.check("a read session does not write", code == "Neo.ClientError.Statement.AccessMode", code)
        with driver.session() as session:
            first = session.run("UNWIND range(1, 100000) AS i RETURN i")
            next(iter(first))
            value = session.run("RETURN 7 AS n").single()["n"]
            tap.check("a result that is left half read does not stand in the way", value == 7, value)


def check_other_driver(tap, name, addresses):
    """With the runner of the common cases: writes come to the leader, reads are spread, bookmarks hold at other servers."""
    made = {"run": "CREATE (:Many {by: $by})", "with": {"by": name}}
    read = "MATCH (n:Many) WHERE n.by = $by RETURN count(n) AS n"
    steps = [{"op": "execute", "arg": made["run"], "with": made["with"], "routing": "write"},
             *[{"op": "execute", "arg": read, "with": made["with"], "routing": "read"}] * READS,
             {"op": "write", "arg": [made]},
             {"op": "session", "arg": {"bookmarks": "handed on", "mode": "read"}},
             {"op": "read", "arg": [{"run": read, "with": made["with"]}]}]
    command = subprocess.run([HERE / "drivers-fetch", name], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    with tempfile.NamedTemporaryFile("w", suffix=".json") as cases:
        json.dump([{"when": "servers are many", "scheme": "neo4j", "steps": steps}], cases)
        cases.flush()
        run = subprocess.run([*command, cases.name, f"neo4j://{addresses[0]}:7687", AUTH[1]], stdout=subprocess.PIPE,
                             check=True, text=True, timeout=120)
    outcomes = [outcome.get("ok") for outcome in json.loads(run.stdout)[1]]
    if None in outcomes[:1 + READS] + outcomes[-1:]:
        tap.check(f"{name} reaches all servers over neo4j://", False, run.stdout)
        return
    leader, *readers = (outcome["summary"]["server"][1].split(":")[0] for outcome in outcomes[:1 + READS])
    followers = set(addresses) - {leader}
    tap.check(f"{name} reads from servers that follow" + (", all of them" if OTHER_DRIVERS[name] else ""),
              set(readers) == followers if OTHER_DRIVERS[name] else set(readers) <= followers, (leader, readers))
    seen = [outcome["records"] for outcome in outcomes[1:1 + READS]]
    tap.check(f"{name} reads what it wrote at each of them", seen == [[[{"int": "1"}]]] * READS, seen)
    tap.check(f"{name} hands a bookmark to a session that reads elsewhere",
              outcomes[-1]["results"][0]["records"] == [[{"int": "2"}]], outcomes[-1])


def check_failover(tap, cluster, addresses):
    """The leader is killed inside a managed transaction, which is tried again; bookmarks hold wherever one reads."""
    def leader():
        return driver.execute_query("CREATE (:Entry {name: 'before'})", database_="neo4j").summary.server.address[0]

    def resolve(address): # any of them knows the others, whoever is away
        return [(each, 7687) for each in addresses] if address[0] == "cluster.invalid" else [address]

    with neo4j.GraphDatabase.driver("neo4j://cluster.invalid:7687", auth=AUTH, max_transaction_retry_time=60,
                                    resolver=resolve) as driver:
        first = leader()
        readers = {driver.execute_query("MATCH (n:Entry) RETURN count(n)", database_="neo4j", routing_=neo4j.RoutingControl.READ)
                   .summary.server.address[0] for _ in range(10)}
        tap.check("reads are spread over the servers that follow", readers == set(addresses) - {first}, (first, readers))
        attempts = []

        def write(transaction):
            attempts.append(transaction.run("CREATE (:Entry {name: 'meanwhile'})").consume().server.address[0])
            if len(attempts) == 1:
                command(cluster, "kill", addresses.index(first) + 1)
                transaction.run("RETURN 1").consume()
        with driver.session(database="neo4j") as session:
            session.execute_write(write)
            bookmarks = session.last_bookmarks()
        tap.check("a managed transaction whose leader is killed ends at another", attempts[-1] != first and len(attempts) > 1,
                  attempts)
        for address in addresses:
            if address != first:
                tap.check("what it wrote once is read with its bookmark at each server that is left",
                          read_entries(address, bookmarks) == ["before", "meanwhile"], read_entries(address, bookmarks))
        command(cluster, "start", addresses.index(first) + 1)
        wait_online(first)
        tap.check("and at the killed one when it is back", read_entries(first, bookmarks) == ["before", "meanwhile"],
                  read_entries(first, bookmarks))


def command(cluster, word, number):
    cluster.stdin.write(f"{word} {number}\n")
    cluster.stdin.flush()


def read_entries(address, bookmarks):
    with neo4j.GraphDatabase.driver(f"bolt://{address}:7687", auth=AUTH) as driver:
        with driver.session(database="neo4j", default_access_mode=neo4j.READ_ACCESS, bookmarks=bookmarks) as session:
            return [row["name"] for row in session.run("MATCH (n:Entry) RETURN n.name AS name ORDER BY name")]


def main():
    image = sys.argv[2] if len(sys.argv) > 2 else "neo4j:5.26.0-enterprise"
    version = image.rsplit(":", 1)[1].split("-")[0]
    tap = Tap()
    with subprocess.Popen([sys.argv[1], "3", image, PREFIX], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True) as cluster:
        try:
            ready = cluster.stdout.readline().split()
            tap.check("three servers form a cluster", ready[:1] == ["ready"], ready)
            wait_online(ready[1])
            addresses = ready[1:]
            for address in addresses:
                check_server(tap, address, version)
            check_writes(tap, addresses)
            check_refusals(tap, addresses[0])
            for name in OTHER_DRIVERS:
                check_other_driver(tap, name, addresses)
            check_failover(tap, cluster, addresses)
        finally:
            cluster.kill()
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
