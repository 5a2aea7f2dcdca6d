"""``python -m bench [--quick] [GROUP …]``: measure the cases of the benchmark beside other programs.

Writes benchmark.json, benchmark.md and benchmark.html. `docs/benchmarks.md` says what is measured, and how.
"""

from __future__ import annotations

import argparse
import compileall
import os
import sys
from pathlib import Path

from bench import cases
from bench.runner import markdown, page
from bench.runner.case import OURS, Case, Session
from bench.runner.contenders import ROOT, prepare_environment
from bench.runner.document import Entry, document, entry, save
from bench.runner.turns import measure

TURNS, BUDGET, TIMEOUT = 7, 40.0, 300.0
QUICK_TURNS, QUICK_BUDGET, QUICK_TIMEOUT = 3, 5.0, 30.0


def parser() -> argparse.ArgumentParser:
    """Arguments of the command."""
    made = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").partition(": ")[2])
    made.add_argument(
        "groups", nargs="*", metavar="GROUP", help=f"of {', '.join(cases.groups())}; default: all"
    )
    made.add_argument("--quick", action="store_true", help="small cases and few runs: at most five minutes")
    made.add_argument("--only", default="", metavar="TEXT", help="cases whose names contain the text")
    made.add_argument("--turns", type=int, metavar="N", help="most runs of each contender")
    made.add_argument(
        "--budget", type=float, metavar="S", help="seconds for a case after which no turn begins"
    )
    made.add_argument("--timeout", type=float, metavar="S", help="seconds after which a run is stopped")
    made.add_argument("--core", type=int, metavar="K", help="processor core to run on; default: the last one")
    made.add_argument(
        "--peers", default=sys.executable, metavar="PYTHON", help="interpreter that has the other packages"
    )
    made.add_argument("--output", type=Path, default=ROOT / "build" / "bench", metavar="FOLDER")
    made.add_argument("--list", action="store_true", help="show the cases and run none")
    return made


def chosen(groups: list[str], quick: bool, only: str) -> list[Case]:
    """The cases that were asked for."""
    unknown = set(groups) - set(cases.groups())
    if unknown:
        raise SystemExit(f"there is no group '{min(unknown)}'; known are {', '.join(cases.groups())}")
    found = [case for group in groups or cases.groups() for case in cases.cases(group, quick)]
    kept = [case for case in found if only.lower() in case.name.lower()]
    if not kept:
        raise SystemExit(f"no case has '{only}' in its name")
    return kept


def pin(core: int | None) -> int | None:
    """Keep this process, and all that it starts, on one core; None where the system cannot."""
    if not hasattr(os, "sched_setaffinity"):
        return None
    allowed = os.sched_getaffinity(0)
    if core is not None and core not in allowed:
        raise SystemExit(f"core {core} is not available; there are {', '.join(map(str, sorted(allowed)))}")
    kept = max(allowed) if core is None else core
    os.sched_setaffinity(0, {kept})
    return kept


def run(todo: list[Case], session: Session, turns: int, budget: float) -> list[Entry]:
    """Measure the cases, and print a line for each."""
    entries = []
    for case in todo:
        entries.append(made := entry(case, measure(case, session, turns, budget)))
        print(f"{case.group:10} {case.name:48} {line(made)}", flush=True)
    return entries


def line(made: Entry) -> str:
    """Times and ratios of a case in a line."""
    shown = []
    for name, found in made["contenders"].items():
        if "processor" not in found:
            shown.append(f"{name} – ({found.get('absent', 'not run')})")
            continue
        ratio = f" ({found['ratio']['median']:.2f}×)" if found.get("ratio") else ""
        error = f" ±{found['error']:.0e}" if "error" in found else ""
        shown.append(
            f"{'' if name == OURS else name + ' '}{found['processor']['median']:.3g} s{ratio}{error}"
        )
    return "; ".join(shown)


def main(arguments: list[str]) -> int:
    """Run and write."""
    given = parser().parse_args(arguments)
    todo = chosen(given.groups, given.quick, given.only)
    if given.list:
        print("\n".join(f"{case.group:10} {case.name}: {', '.join(case.contenders)}" for case in todo))
        return 0
    turns = given.turns or (QUICK_TURNS if given.quick else TURNS)
    budget = given.budget or (QUICK_BUDGET if given.quick else BUDGET)
    timeout = given.timeout or (QUICK_TIMEOUT if given.quick else TIMEOUT)
    prepare_environment()
    compileall.compile_dir(ROOT / "circuitnn", quiet=2)  # an installed package has its bytecode
    settings = {"quick": given.quick, "turns": turns, "budget": budget, "timeout": timeout}
    about = document([], settings)  # before anything runs, so that the load is not our own
    pinned = pin(given.core)
    entries = run(todo, Session(timeout, given.peers), turns, budget)
    result = {**about, "settings": {**settings, "pinned": pinned is not None}, "cases": entries}
    given.output.mkdir(parents=True, exist_ok=True)
    save(result, given.output / "benchmark.json")
    (given.output / "benchmark.md").write_text(markdown.text(result))
    try:
        (given.output / "benchmark.html").write_text(page.text(result))
    except ModuleNotFoundError as error:
        print(f"no page of charts: {error}; pip install 'circuitnn[report]'", file=sys.stderr)
    print(f"written: {', '.join(f'benchmark.{kind}' for kind in ('json', 'md', 'html'))} in {given.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
