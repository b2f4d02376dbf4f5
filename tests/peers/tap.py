"""Checks, counted and printed as TAP."""
import re
import subprocess
import sys

numbers = {"checks": 0, "failures": 0}


def check(sentence, function, *arguments):
    """Runs a check; what it says when it fails is printed below its line."""
    numbers["checks"] += 1
    try:
        function(*arguments)
        print(f"ok {numbers['checks']} - {sentence}", flush=True)
    except (AssertionError, subprocess.TimeoutExpired, KeyError, TypeError, ValueError, IndexError, OSError) as error:
        numbers["failures"] += 1
        print(f"not ok {numbers['checks']} - {sentence}")
        for line in f"{type(error).__name__}: {error}".splitlines()[:20]:
            print(f"#   {line}")
        sys.stdout.flush()


def expect(text, *patterns):
    for pattern in patterns:
        assert re.search(pattern, text, re.M), f"no match for {pattern!r} in:\n{text}"


def finish():
    """The exit status, after the plan if none was printed."""
    print(f"1..{numbers['checks']}")
    return 1 if numbers["failures"] else 0
