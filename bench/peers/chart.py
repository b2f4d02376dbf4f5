"""The chart of docs/figures.md: a panel for each measure, a bar for each operator, as an SVG without anything else."""
import html

from figures import columns, rows, show

# key, and the title of its panel.
PANELS = [
    ("memory_0", "resident memory, idle"), ("memory_100", "resident memory, 100 clusters"),
    ("memory_300", "resident memory, 300 clusters"), ("memory_1000", "resident memory, 1,000 clusters"),
    ("start_first_apply", "start → first StatefulSet"), ("apply_median", "apply → StatefulSet"),
    ("cpu_formed", "processor time, 100 clusters"), ("requests_settled", "requests per cluster"),
    ("rest_writes_100", "writes a minute at rest, 100 clusters"), ("binary", "binary"),
]
ACROSS, WIDE, BAR, GAP, NAMES, VALUES = 2, 470, 16, 24, 96, 80
COLOURS = ["#1769aa", "#7a8b99", "#c9a227"]


def text(x, y, words, **style):
    more = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in style.items())
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{html.escape(words)}</text>'


def panel(x, y, title, bars):
    """bars: [(name, value, what is shown)]"""
    most = max((value for _, value, _ in bars if value), default=0)
    parts = [text(x, y + 12, title, font_weight="bold")]
    for number, (name, value, shown) in enumerate(bars):
        top = y + 20 + number * (BAR + 4)
        parts.append(text(x + NAMES - 6, top + 12, name, text_anchor="end"))
        length = 0 if not value or not most else value / most * (WIDE - NAMES - VALUES - 20)
        parts.append(f'<rect x="{x + NAMES}" y="{top}" width="{max(length, 1):.1f}" height="{BAR}" '
                     f'fill="{COLOURS[number % len(COLOURS)]}"/>')
        parts.append(text(x + NAMES + max(length, 1) + 6, top + 12, shown))
    return parts


def draw(result):
    found = {row.key: row for row in rows(result["size"])}
    shown = columns(result)
    parts, drawn = [], 0
    high = 20 + len(shown) * (BAR + 4) + GAP
    for key, title in PANELS:
        row = found.get(key)
        bars = [(name, row.value(figures), show(row.value(figures), row.unit)) for name, figures in shown] if row else []
        bars = [bar for bar in bars if bar[1] is not None]
        if not bars:
            continue
        parts += panel(10 + drawn % ACROSS * WIDE, 10 + drawn // ACROSS * high, title, bars)
        drawn += 1
    height = 10 + -(-drawn // ACROSS) * high
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{ACROSS * WIDE}" height="{height}" font-family="sans-serif" '
        'font-size="12">', '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"
