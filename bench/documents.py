"""``python -m bench.documents [benchmark.json]``: tables of README and the documentation, from a run of the benchmark.

Each table stands between ``<!-- benchmark NAME -->`` and ``<!-- end of benchmark -->``. With a file, that run becomes
the one that the documentation shows (docs/benchmark.json); without, its tables are written anew.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from bench.runner.case import OURS
from bench.runner.contenders import ROOT
from bench.runner.document import Document, Entry, load, save
from bench.runner.markdown import better, title
from bench.runner.spread import geometric_mean

RECORD = ROOT / "docs" / "benchmark.json"
NGSPICE = ("ngspice KLU", "ngspice")
# Rows of README: of each family the largest size that ngspice has solved.
FAMILIES = (
    "resistor grid .op",
    "power grid .op",
    "RC ladder .tran of 200 ns",
    "RC pulse train .tran",
    "RC mesh .ac",
    "CMOS chain .tran",
    "CMOS multiplier .tran",
    "BSIM4 chain .tran",
    "SRAM .tran",
    "741 chain .tran",
    "bridge rectifier .tran",
    "amplifiers .noise",
    "VO2 switch oscillator .tran",
    "NbO2 oscillator .tran",
    "ring of NbO2 oscillators .tran",
    "common emitter, short .op",
)
# Groups of the second table of README: what a group is called, and which analyses of it count.
GROUPS = (
    ("linear circuits", "linear", "op tran ac"),
    ("bipolar transistors and diodes, transients", "bipolar", "tran"),
    ("MOSFETs, transients", "cmos", "tran"),
    ("transistors, `.op` and `.dc`", "bipolar cmos", "op dc"),
    ("transistors, `.ac` and `.noise`", "bipolar cmos", "ac noise"),
    ("relaxation oscillators, transients", "oscillators", "tran"),
)
LONG = 0.2  # processor seconds of ngspice beyond which the start of a process matters little
PRODUCT = "array, product"
NANO_PER_MILLION = 1e3  # ns per evaluation of one second per million


def analysis(case: Entry) -> str:
    """Analysis of a case that is a deck; empty for others."""
    match = re.search(r" \.([a-z]+)", case["family"])
    return match[1] if match else ""


def ran(case: Entry, name: str) -> bool:
    """Whether a contender has times."""
    return "processor" in case["contenders"].get(name, {})


def seconds(case: Entry, name: str) -> str:
    """Median processor time of a contender, or a dash. [s]"""
    return f"{case['contenders'][name]['processor']['median']:.3g}" if ran(case, name) else "–"


def fastest_ngspice(case: Entry) -> str | None:
    """The solver of ngspice that takes less time; None if neither has run."""
    both = [name for name in NGSPICE if ran(case, name) and case["contenders"][name].get("ratio")]
    return min(both, key=lambda name: case["contenders"][name]["ratio"]["median"], default=None)


def decks(result: Document) -> list[str]:
    """The largest case of each family beside ngspice."""
    lines = ["| | circuitnn, s | ngspice, s | ratio | peak MB |", "|---|---|---|---|---|"]
    for family in FAMILIES:
        cases = [c for c in result["cases"] if c["family"] == family and ran(c, OURS) and fastest_ngspice(c)]
        if not cases:
            continue
        case = max(cases, key=lambda c: c["size"])
        name = str(fastest_ngspice(case))
        both = (case["contenders"][each] for each in (OURS, name))
        memory = " / ".join(f"{each['megabytes']:.0f}" for each in both)
        ratio = f"{case['contenders'][name]['ratio']['median']:.2g}"
        lines.append(
            f"| {title(case)} | {seconds(case, OURS)} | {seconds(case, name)} | {ratio} | {memory} |"
        )
    return lines


def groups(result: Document) -> list[str]:
    """Ratios to ngspice by kind of circuit and analysis: of all decks, and of those that are no trifle for ngspice."""
    lines = [
        f"| ngspice's time over circuitnn's | cases | mean | cases of more than {LONG:g} s in ngspice | mean | least |",
        "|---|---|---|---|---|---|",
    ]
    every: list[Entry] = []
    for label, names, analyses in GROUPS:
        cases = [
            case
            for case in result["cases"]
            if case["group"] in names.split() and analysis(case) in analyses.split() and ran(case, OURS)
        ]
        measured = [case for case in cases if fastest_ngspice(case)]
        every += measured
        lines += [_row(label, measured)] if measured else []
    return [*lines, _row("all of these", every)] if every else lines


def _row(label: str, cases: list[Entry]) -> str:
    """Number of cases and geometric mean, of all and of the long ones, and the least ratio of these."""
    long = [c for c in cases if c["contenders"][str(fastest_ngspice(c))]["processor"]["median"] > LONG]
    of_all, of_long = ({title(case): better(case) or math.nan for case in part} for part in (cases, long))
    cells = [f"{len(of_all)} | {geometric_mean(list(of_all.values())):.2f}", "– | – | –"]
    if of_long:
        least = min(of_long, key=lambda name: of_long[name])
        mean = geometric_mean(list(of_long.values()))
        cells[1] = f"{len(of_long)} | {mean:.2f} | {of_long[least]:.2f}: {least}"
    return f"| {label} | {' | '.join(cells)} |"


def products(result: Document) -> list[str]:
    """Seconds of a matrix-vector product for each size and contender."""
    cases = sorted((c for c in result["cases"] if c["family"] == PRODUCT), key=lambda c: c["size"])
    names = list(dict.fromkeys(name for c in cases for name in c["contenders"] if ran(c, name)))
    lines = ["| N | " + " | ".join(str(c["size"]) for c in cases) + " |", "|---" * (len(cases) + 1) + "|"]
    for name in names:
        whole = any(c["contenders"].get(name, {}).get("kind") == "process" for c in cases)
        lines.append(
            f"| {name}{' *' if whole else ''} | " + " | ".join(seconds(c, name) for c in cases) + " |"
        )
    errors = (
        f"{c['contenders'][OURS]['error']:.0e}" if "error" in c["contenders"][OURS] else "–" for c in cases
    )
    return [*lines, "| error of circuitnn | " + " | ".join(errors) + " |"]


def arrays(result: Document) -> list[str]:
    """Other problems on arrays: seconds, memory, and the time of ngspice."""
    lines = ["| | circuitnn, s | peak MB | faster ngspice, s | ratio |", "|---|---|---|---|---|"]
    for case in result["cases"]:
        if case["group"] != "arrays" or case["family"] == PRODUCT or not ran(case, OURS):
            continue
        ours, name = case["contenders"][OURS], fastest_ngspice(case)
        other = (
            "– | –"
            if name is None
            else f"{seconds(case, name)} | {case['contenders'][name]['ratio']['median']:.2g}"
        )
        mark = "" if ours["kind"] == "process" else "\\*"
        lines.append(f"| {title(case)} | {seconds(case, OURS)}{mark} | {ours['megabytes']:.0f} | {other} |")
    return lines


def models(result: Document) -> list[str]:
    """Nanoseconds of an evaluation, by model, kind of code and number of instances."""
    cases = [c for c in result["cases"] if c["family"].endswith(", a million evaluations")]
    sizes = sorted({c["size"] for c in cases})
    names = list(dict.fromkeys(name for c in cases for name in c["contenders"]))
    kinds = [(name, size) for name in names for size in sizes]
    shown = (
        f"{'built in' if name == OURS else name}, n = {size:,}".replace(",000", " 000")
        for name, size in kinds
    )
    lines = ["| model | " + " | ".join(shown) + " |", "|---" * (len(kinds) + 1) + "|"]
    by_model: dict[str, dict[int, Entry]] = {}
    for case in cases:
        by_model.setdefault(case["family"].partition(",")[0], {})[case["size"]] = case
    for model, of_size in by_model.items():
        cells = (_nanoseconds(of_size.get(size), name) for name, size in kinds)
        lines.append(f"| {model} | " + " | ".join(cells) + " |")
    return lines


def _nanoseconds(case: Entry | None, name: str) -> str:
    if case is None or not ran(case, name):
        return "–"
    return f"{NANO_PER_MILLION * case['contenders'][name]['processor']['median']:.3g}"


def about(result: Document) -> list[str]:
    """One line: when, on what, with what."""
    machine, versions = result["machine"], result["versions"]
    others = ", ".join(f"{name} {version}" for name, version in versions.items())
    processor = machine["processor"] or machine["architecture"]
    return [f"{result['date']}, {processor}, {machine['cores']} cores, load {machine['load']:.1f}; {others}."]


TABLES: dict[str, Callable[[Document], Iterable[str]]] = {
    each.__name__: each for each in (about, decks, groups, products, arrays, models)
}
_PLACE = re.compile(r"(<!-- benchmark (\w+) -->\n).*?(<!-- end of benchmark -->)", re.DOTALL)


def filled(text: str, result: Document) -> str:
    """A page with the tables of a run."""
    return _PLACE.sub(lambda m: f"{m[1]}\n" + "\n".join(TABLES[m[2]](result)) + f"\n\n{m[3]}", text)


def pages() -> list[Path]:
    """Pages that have such tables."""
    every = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    return [path for path in every if _PLACE.search(path.read_text(encoding="utf-8"))]


def main(arguments: list[str]) -> int:
    """Keep a run, if one is given, and fill the pages."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(": ")[2])
    parser.add_argument("run", type=Path, nargs="?", help="benchmark.json of a full run")
    given = parser.parse_args(arguments)
    if given.run:
        save(load(given.run), RECORD)
    result = load(RECORD)
    for path in pages():
        path.write_text(filled(path.read_text(encoding="utf-8"), result), encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
