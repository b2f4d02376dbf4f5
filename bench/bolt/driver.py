"""The official Python driver, measured as bench_bolt.c measures our client: driver.py HOST:PORT USER PASSWORD"""
import resource
import sys
import time

from neo4j import GraphDatabase

CONNECTIONS, TRIPS, ROWS, HELD = 100, 2000, 300000, 100
address, user, password = sys.argv[1:]


def driver():
    return GraphDatabase.driver(f"bolt://{address}", auth=(user, password), max_connection_pool_size=2 * HELD)


def resident_kib():
    return int(open("/proc/self/statm").read().split()[1]) * resource.getpagesize() / 1024


def memory():
    with driver() as held:
        with held.session() as session:
            session.run("RETURN 1").consume()
        before = resident_kib()
        sessions = [held.session() for _ in range(HELD)]
        for session in sessions:  # each keeps its connection while its transaction is open
            session.begin_transaction().run("RETURN 1").consume()
        each = (resident_kib() - before) / HELD
        for session in sessions:
            session.close()
    return each


def connections():
    begin = time.monotonic()
    for _ in range(CONNECTIONS):
        with driver() as one, one.session() as session:
            session.run("RETURN 1").consume()
    return CONNECTIONS / (time.monotonic() - begin)


def round_trips(session):
    begin = time.monotonic()
    for _ in range(TRIPS):
        assert session.run("RETURN 1").single()[0] == 1
    return TRIPS / (time.monotonic() - begin)


def rows(session):
    begin = time.monotonic()
    total = sum(record[0] for record in session.run(f"UNWIND range(1, {ROWS}) AS n RETURN n"))
    assert total == ROWS * (ROWS + 1) // 2
    return ROWS / (time.monotonic() - begin)


each = memory()
opened = connections()
with driver() as kept, kept.session() as session:
    trips = round_trips(session)
    print(f"{opened:.1f} {trips:.1f} {rows(session):.1f} {each:.1f}")
