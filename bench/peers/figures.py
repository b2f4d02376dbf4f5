"""The rows of the table and of the chart: which figure, in whose words, in which unit. Reads what the bench wrote."""
import collections

Row = collections.namedtuple("Row", "key label unit value")


def figure(key, part=None):
    def value(figures):
        found = figures.get(key)
        return found.get(part) if part and found is not None else found
    return value


def growth(figures):
    """How much more memory is used beside foreign Secrets, whenever they came."""
    before = figures.get("secrets_before")
    if not before:
        return None
    return max(figures["secrets_came"]["resident"], figures["secrets_started"]["resident"]) - before["resident"]


def rows(size):
    """Of a bench of this size."""
    levels, last = size["levels"], size["levels"][-1]
    mid = 100 if 100 in levels else last
    made = [
        Row("binary", "binary", "MiB", figure("binary")),
        Row("start_ready", "start → ready", "s", figure("start_ready")),
        Row("start_first_apply", "start → first applied StatefulSet", "s", figure("start_first_apply")),
        Row("apply_median", "apply → StatefulSet, median", "s", figure("apply_median")),
        Row("apply_p99", "apply → StatefulSet, 99th percentile", "s", figure("apply_p99")),
        Row("memory_0", "resident memory, idle", "MiB", figure("memory_0", "resident")),
        Row("private_0", "of it private", "MiB", figure("memory_0", "private")),
    ]
    for level in levels:
        made.append(Row(f"memory_{level}", f"resident memory, {level:,} clusters", "MiB", figure(f"memory_{level}", "resident")))
        made.append(Row(f"private_{level}", "of it private", "MiB", figure(f"memory_{level}", "private")))
    made += [
        Row("secrets", f"more memory beside {size['secrets']:,} foreign Secrets", "MiB", growth),
        Row("cpu_formed", f"processor time until {mid:,} clusters have settled", "s", figure(f"cpu_formed_{mid}")),
        Row("requests_until_set", "requests per cluster until its StatefulSet is there", "", figure("requests_until_set")),
        Row("requests_settled", "requests per cluster until settled", "", figure(f"requests_{mid}")),
    ]
    made += [Row(f"rest_writes_{level}", f"writes a minute at rest, {level:,} clusters", "", figure(f"rest_writes_{level}"))
             for level in (mid, last)]
    made += [Row(f"rest_cpu_{level}", f"processor time a minute at rest, {level:,} clusters", "s", figure(f"rest_cpu_{level}"))
             for level in dict.fromkeys(level for level in (mid, 300, last) if level in levels)]
    made.append(Row("shutdown", "SIGTERM → end", "s", figure("shutdown")))
    return list({row.key: row for row in made}.values())


def show(value, unit):
    if value is None:
        return "–"
    if unit == "s" and value < 1:
        return f"{value * 1000:.0f} ms"
    text = f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
    return f"{text} {unit}".strip()


def ratio(ours, other):
    """Ours as a part of the other's."""
    if ours is None or not other:
        return ""
    return "0" if ours <= 0 else f"1/{other / ours:.1f}" if ours < other else f"{ours / other:.1f}"


def columns(result):
    """[(heading, figures)]: the other only if it was measured; the reference only where its method is this size's."""
    found = [("this operator", result["operators"]["ours"])]
    if "other" in result["operators"]:
        found.append(("other operator", result["operators"]["other"]))
    found.append((result["reference"]["name"], result["reference"]["figures"]))
    return found


# What the README shows; docs/figures.md shows all.
SHORT = ["binary", "start_first_apply", "apply_median", "memory_0", "memory_100", "memory_300", "memory_1000", "secrets",
         "cpu_formed", "requests_settled", "rest_writes_100"]


def table(result, is_short=False):
    shown = columns(result)
    head = ["", shown[0][0]]
    for name, _ in shown[1:]:
        head += [name, "ratio"]
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    for row in rows(result["size"]):
        if is_short and row.key not in SHORT:
            continue
        ours = row.value(shown[0][1])
        cells = [row.label, show(ours, row.unit)]
        for _, figures in shown[1:]:
            value = row.value(figures)
            cells += [show(value, row.unit), ratio(ours, value)]
        lines.append("| " + " | ".join(cells) + " |")
    machine = result["machine"]
    if is_short:
        return "\n".join(lines)
    low, high = sorted(machine["load before and after"])
    return "\n".join(lines) + (f"\n\n{result['date']}, {machine['cores']} cores of an {machine['processor']}; "
                               f"load of the machine {low:.1f} to {high:.1f}.")
