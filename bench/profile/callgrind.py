"""Reads callgrind's output: instructions by folder of our sources, with what libraries did on their own apart."""
import collections
import re

NAMED = re.compile(r"^(ob|fl|fi|fe|fn|cob|cfi|cfl|cfn)=(?:\((\d+)\))? ?(.*)$")
COST = re.compile(r"^[+*\-\d]\S* (\d+)$")


def room(file, program):
    """src/kube/cache.c → kube; what has no source of ours is of its library."""
    found = re.search(r"(?:^|/)src/(\w+)/", file)
    if found:
        return found[1]
    return "libc" if "libc.so" in program or "ld-linux" in program or "/sysdeps/" in file or "malloc" in file else "other"


def parse(text):
    """(name of the mark, instructions by room) of one dump."""
    names = {"ob": {}, "fl": {}, "fn": {}}
    short = {"cob": "ob", "cfi": "fl", "cfl": "fl", "cfn": "fn", "fi": "fl", "fe": "fl"}
    program = file = ""
    rooms = collections.Counter()
    mark, is_call = "", False
    for line in text.splitlines():
        if line.startswith("desc: Trigger: Client Request: "):
            mark = line.split(": ", 3)[3]
            continue
        found = NAMED.match(line)
        if found:
            kind, number, name = found.groups()
            table = names[short.get(kind, kind)]
            if number and name:
                table[number] = name
            name = table.get(number, name)
            if kind == "ob":
                program = name
            elif kind in ("fl", "fi", "fe"):
                file = name
        elif line.startswith("calls="):
            is_call = True
        else:
            cost = COST.match(line)
            if cost and not is_call:
                rooms[room(file, program)] += int(cost[1])
            if cost:
                is_call = False
    return mark, rooms
