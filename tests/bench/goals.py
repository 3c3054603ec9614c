"""Goals and their verdicts. Pure.

A ratio of noisy figures meets a bound when the median meets it and the
upper quartile is within 10 % of it; an exact figure must meet it outright."""
import re
import statistics


def quartiles(values):
    """(lower quartile, median, upper quartile)."""
    ordered = sorted(values)
    if len(ordered) < 4:
        return ordered[0], statistics.median(ordered), ordered[-1]
    low, middle, high = statistics.quantiles(ordered, n=4,
                                             method="inclusive")
    return low, middle, high


def meets(bound, median, upper=None):
    """`bound` is the largest allowed value; `upper` is None for what is
    exact."""
    if median > bound:
        return False
    return upper is None or upper <= bound * 1.1


def verdict(median, upper, must, moonshot):
    if must is None and moonshot is None:
        return "-"
    if must is not None and not meets(must, median, upper):
        return "MISSED"
    if moonshot is not None and meets(moonshot, median, upper):
        return "MOONSHOT"
    return "-" if must is None else "met"


class Row:
    def __init__(self, goal, name, value, unit="", low=None, high=None,
                 must=None, moonshot=None, note="", seen=None):
        self.goal, self.name, self.value, self.unit = goal, name, value, unit
        self.low, self.high = low, high
        self.must, self.moonshot, self.note = must, moonshot, note
        self.seen = seen or verdict(value, high, must, moonshot)

    def as_dict(self):
        return {key: getattr(self, key) for key in (
            "goal", "name", "value", "unit", "low", "high", "must",
            "moonshot", "seen", "note")}


def ratio_row(goal, name, values, must=None, moonshot=None, note=""):
    low, median, high = quartiles(values)
    return Row(goal, name, median, "ratio", low, high, must, moonshot,
               note or f"{len(values)} rounds")


def number(text):
    """The number of a bound such as "0.5", "<=0.5" or ">=0.9"; "" and "-"
    are none."""
    match = re.search(r"-?[\d.]+(?:e-?\d+)?", text)
    return float(match.group(0)) if match else None


def micro_row(line):
    """A micro benchmark's line: name, value, unit, must, moonshot, note."""
    fields = line.rstrip("\n").split("\t")
    if len(fields) < 3:
        raise ValueError(f"not a result: {line!r}")
    fields += [""] * (6 - len(fields))
    name, value, unit, must, moonshot, note = fields[:6]
    at_least = must.startswith(">=") or moonshot.startswith(">=")
    value, must, moonshot = float(value), number(must), number(moonshot)
    sign = -1 if at_least else 1

    def signed(x):
        return None if x is None else sign * x
    return Row("", name, value, unit, must=must, moonshot=moonshot,
               note=note + (" (at least)" if at_least else ""),
               seen=verdict(sign * value, None, signed(must),
                            signed(moonshot)))


def show(value):
    if value is None:
        return ""
    if value == 0 or 0.001 <= abs(value) < 100000:
        text = f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
        return text
    return f"{value:.3g}"


def table(rows):
    """The rows as lines of text."""
    head = ("goal", "name", "value", "unit", "quartiles", "must",
            "moonshot", "verdict", "note")
    lines = [head]
    for r in rows:
        spread = f"{show(r.low)}-{show(r.high)}" if r.low is not None else ""
        lines.append((str(r.goal), r.name, show(r.value), r.unit, spread,
                      show(r.must), show(r.moonshot), r.seen, r.note))
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return ["  ".join(text.ljust(width) for text, width in
                      zip(line, widths)).rstrip() for line in lines]
