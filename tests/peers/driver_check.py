#!/usr/bin/env python3
"""The official Python driver against simulated servers behind real sockets, no Kubernetes around them. Prints TAP.

    driver_check.py PROGRAM [IMAGE]     PROGRAM: neo4j_cluster, see neo4j_cluster.c

Runs in a virtual environment that has the package neo4j, 6.x. Starts three servers on loopback addresses of its own
and ends them.
"""
import subprocess
import sys
import time

import neo4j
from neo4j.exceptions import AuthError, Neo4jError, WriteServiceUnavailable

PREFIX = "127.78.5"
AUTH = ("neo4j", "secret-word")
SYSTEM = {"database": "system"}


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
            rows = driver.execute_query("SHOW DATABASES YIELD currentStatus, writer", database_="system").records
            if all(row["currentStatus"] == "online" for row in rows) and sum(row["writer"] for row in rows) == 2:
                return
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


def main():
    image = sys.argv[2] if len(sys.argv) > 2 else "neo4j:5.26.0-enterprise"
    version = image.rsplit(":", 1)[1].split("-")[0]
    tap = Tap()
    with subprocess.Popen([sys.argv[1], "3", image, PREFIX], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as cluster:
        try:
            ready = cluster.stdout.readline().split()
            tap.check("three servers form a cluster", ready[:1] == ["ready"], ready)
            wait_online(ready[1])
            addresses = ready[1:]
            for address in addresses:
                check_server(tap, address, version)
            check_writes(tap, addresses)
            check_refusals(tap, addresses[0])
        finally:
            cluster.kill()
    print(f"1..{tap.count}")
    return 1 if tap.failed else 0


if __name__ == "__main__":
    sys.exit(main())
