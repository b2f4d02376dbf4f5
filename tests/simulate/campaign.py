#!/usr/bin/python3
"""Runs neo4j-simulate as people do: a small campaign, twice the same, replays, and what it says to nonsense.

    campaign.py PROGRAM [RUNS [BRANCHES]]
"""
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]
RUNS = sys.argv[2] if len(sys.argv) > 2 else "20"
BRANCHES = sys.argv[3] if len(sys.argv) > 3 else "1"
SHORT = ("--runs", "4", "--deeds", "40")

# Of what broke once: the first line tells the seed and the bug.
SCHEDULES = sorted((pathlib.Path(__file__).parent / "schedules").glob("*.txt"))

done = []


def simulate(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, timeout=10000)


def check(sentence, is_so, detail=""):
    done.append(is_so)
    print(f"{'ok' if is_so else 'not ok'} {len(done)} - {sentence}", flush=True)
    if not is_so:
        for line in str(detail).splitlines()[:400]:
            print(f"# {line}")


def main():
    print(f"1..{8 + len(SCHEDULES)}")
    campaign = simulate("--runs", RUNS, "--branches", BRANCHES)
    check(f"{BRANCHES} schedules of each of {RUNS} seeds break nothing", campaign.returncode == 0,
          campaign.stdout + campaign.stderr)
    print("".join(f"# {line}\n" for line in campaign.stdout.splitlines()[-3:]), end="")
    branched, alone = simulate(*SHORT, "--branches", "3"), simulate(*SHORT, "--branches", "1")
    check("a seed has as many schedules as it is asked for, and what they share is the same", branched.returncode == 0 and
          branched.stdout.startswith("12 schedules with 480 ") and alone.stdout.startswith("4 schedules with 160 "),
          branched.stdout + alone.stdout)
    first, again = simulate(*SHORT, "--jobs", "1"), simulate(*SHORT, "--jobs", "3")
    check("the same arguments give the same output, byte for byte, whatever runs beside", first.stdout == again.stdout,
          first.stdout + again.stdout)
    stories = [simulate("--runs", "1", "--seed", "5", "--deeds", "40", "--story").stdout for _ in range(2)]
    check("a story is the same each time", stories[0] == stories[1] and "USER: create graph" in stories[0], stories[0])
    with tempfile.TemporaryDirectory() as folder:
        schedule = pathlib.Path(folder) / "schedule"
        schedule.write_text("00:00:01.000 create graph\n00:00:02.000 kube lost 3 1 0\n00:05:00.000 end\n")
        replayed = simulate("--replay", str(schedule))
        check("a schedule from a file is told and judged",
              replayed.returncode == 0 and "is done, and its answer is lost" in replayed.stdout and
              replayed.stdout.endswith("nothing breaks\n"), replayed.stdout + replayed.stderr)
        schedule.write_text("00:00:01.000 explode\n")
        nonsense = simulate("--replay", str(schedule))
        check("a line that makes no sense is named", nonsense.returncode == 65 and
              "line 1: nobody knows what 'explode' is" in nonsense.stderr, nonsense.stderr)
    for kept in SCHEDULES:
        seed, bug = re.match(r"# seed (\d+): (.+)", kept.read_text()).groups()
        replayed = simulate("--seed", seed, "--replay", str(kept))
        check(f"{kept.name} breaks nothing: {bug}", replayed.returncode == 0, replayed.stdout[-20000:])
    missing = simulate("--replay", "/nowhere/schedule")
    check("a file that is not there is named", missing.returncode == 65 and "/nowhere/schedule" in missing.stderr,
          missing.stderr)
    wrong = simulate("--runs", "many")
    check("a number that is none is named", wrong.returncode == 64 and "'many' is not a number" in wrong.stderr,
          wrong.stderr)
    sys.exit(0 if all(done) else 1)


main()
