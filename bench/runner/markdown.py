"""The benchmark's result as Markdown: a table a group, a row a case."""

from __future__ import annotations

from collections.abc import Iterable

from bench.runner.case import OURS
from bench.runner.document import Document, Entry
from bench.runner.spread import geometric_mean

HEAD = """\
# Benchmark

{date}, {processor}, {cores} cores, {system}; {versions}.

Processor seconds, medians of runs in turn, pinned to one core; * marks a time within a process (without its start and
the preparation of the case), the others are those of whole processes. In brackets: how many times as long as
circuitnn, the median over pairs of runs (above 1, circuitnn is faster), and the error against the case's reference.
"""


def text(result: Document) -> str:
    """The whole page."""
    machine, versions = result["machine"], result["versions"]
    lines = [
        HEAD.format(
            date=result["date"],
            processor=machine["processor"] or machine["architecture"],
            cores=machine["cores"],
            system=machine["system"],
            versions=", ".join(f"{name} {version}" for name, version in versions.items()),
        )
    ]
    for group in dict.fromkeys(case["group"] for case in result["cases"]):
        cases = [case for case in result["cases"] if case["group"] == group]
        lines += [f"## {group}", "", *table(cases), "", *summary(cases), ""]
    return "\n".join(lines).rstrip() + "\n"


def table(cases: list[Entry]) -> list[str]:
    """Lines of the table of a group, and why dashes are dashes."""
    names = list(dict.fromkeys(name for case in cases for name in case["contenders"]))
    lines = ["| case | " + " | ".join(names) + " | peak MB | points, iterations |"]
    lines.append("|---" * (len(names) + 3) + "|")
    reasons: dict[str, None] = {}
    for case in cases:
        cells = [_cell(case["contenders"].get(name), reasons, name) for name in names]
        lines.append(f"| {title(case)} | {' | '.join(cells)} | {_memory(case, names)} | {_counted(case)} |")
    return lines + ([""] if reasons else []) + list(reasons)


def title(case: Entry) -> str:
    """Family and size of a case."""
    return f"{case['family']}, {case['size']:,} {case['unit']}".replace(",", "\u202f").replace(
        "\u202f ", ", "
    )


def _cell(found: Entry | None, reasons: dict[str, None], name: str) -> str:
    """Time, ratio and error of a contender."""
    if found is None:
        return ""
    if "processor" not in found:
        reasons.setdefault(f"- {name}: {found.get('absent', 'not run')}")
        return "–"
    inner = [f"{found['ratio']['median']:.2f}×"] if found.get("ratio") else []
    inner += [f"{found['error']:.1e}"] if "error" in found else []
    mark = "*" if found["kind"] == "function" else ""
    return f"{found['processor']['median']:.3g}{mark}" + (f" ({', '.join(inner)})" if inner else "")


def _memory(case: Entry, names: Iterable[str]) -> str:
    """Peak memory of the contenders that have run."""
    sizes = (case["contenders"].get(name, {}).get("megabytes") for name in names)
    return " / ".join("–" if size is None else f"{size:.0f}" for size in sizes)


def _counted(case: Entry) -> str:
    """Points and iterations, ours first."""
    shown = []
    for found in case["contenders"].values():
        counters = found.get("counters", {})
        if "iterations" in counters:
            shown.append(f"{counters.get('points', 0)}, {counters['iterations']}")
    return " / ".join(shown)


def better(case: Entry) -> float | None:
    """Ratio of the faster of ngspice's two solvers; None if neither has run."""
    found = (case["contenders"].get(name, {}).get("ratio") for name in ("ngspice KLU", "ngspice"))
    return min((ratio["median"] for ratio in found if ratio), default=None)


def summary(cases: list[Entry]) -> list[str]:
    """A line with the least ratio to ngspice and the geometric mean."""
    found = {title(case): ratio for case in cases if OURS in case["contenders"] and (ratio := better(case))}
    if not found:
        return []
    least = min(found, key=lambda name: found[name])
    return [
        f"Beside the faster of ngspice's solvers: {len(found)} cases, geometric mean "
        f"{geometric_mean(list(found.values())):.2f}×, least {found[least]:.2f}× ({least})."
    ]
