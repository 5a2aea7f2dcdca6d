"""Decks by other authors in both simulators: which run, and whether the numbers agree.

    python -m bench.foreign_decks FOLDER [--behaviour psa] [--timeout 20] [--workers 2] [--list only-ngspice]

Every deck below FOLDER is run by ``ngspice -b`` and by ``circuitnn -b``. A deck runs where the simulator writes a
rawfile with all plots that the other one has, and no NaN. Where numbers differ, `bench.evidence` looks for evidence
that ours are as good. Files of other authors are read in place, never copied.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import functools
import sys
from dataclasses import dataclass
from pathlib import Path

from bench.evidence import Difference, explain
from bench.simulator_runs import commands, differing, simulate

SUFFIXES = (".cir", ".sp", ".net", ".ckt", ".spice")
CLASSES = ("agree", "shown", "differ", "only-ngspice", "only-circuitnn", "neither")


@dataclass(frozen=True)
class Comparison:
    """A deck in both simulators."""

    deck: Path
    verdict: str
    note: str


def compare(deck: Path, behaviour: str, timeout: float, evidence: bool = True) -> Comparison:
    """Run a deck in both simulators and say who runs it, and whether they agree.

    Evidence takes up to fifty more runs; without it a first count is fast, and lists what to look at.
    """
    their_command, our_command = commands(behaviour)
    theirs, ours = (simulate(command, deck, timeout) for command in (their_command, our_command))
    lacking, more = (sorted(a.plots.keys() - b.plots.keys()) for a, b in ((theirs, ours), (ours, theirs)))
    if not theirs.plots:
        return Comparison(deck, "only-circuitnn" if ours.plots else "neither", _fault(theirs.message))
    if lacking:
        return Comparison(deck, "only-ngspice", _fault(ours.message) or f"no plot {lacking}")
    if more:  # ngspice leaves a plot empty if it finds no operating point, and goes on
        return Comparison(deck, "only-circuitnn", f"no plot {more}")
    apart = differing(theirs.plots, ours.plots)
    if not apart:
        return Comparison(deck, "agree", "")
    rules, left = (
        explain(Difference(deck, behaviour, timeout, theirs.plots, ours.plots))
        if evidence
        else ([], set(apart))
    )
    plot, name = max(left or apart, key=lambda key: apart[key])
    note = f"{plot} {name}: {apart[plot, name]:.3g} of the tolerance"
    if rules:
        note += f" ({', '.join(rules)}: {len(apart) - len(left)} of {len(apart)} vectors)"
    return Comparison(deck, "differ" if left else "shown", note)


def _fault(message: str) -> str:
    """The line of an output that states the error."""
    lines = [line.strip() for line in message.splitlines()]
    marked = [line for line in lines if "error" in line.lower() or "fault" in line.lower()]
    return (marked or [line for line in lines if line][-1:] or [""])[0][:200]


def main() -> None:
    """Compare and print the counts; exit code 1 where ngspice runs more than 5 % that we do not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--behaviour", default="", help="ngspice's ngbehavior, as psa for vendors' models")
    parser.add_argument("--timeout", type=float, default=20.0, help="processor seconds a run")
    parser.add_argument("--workers", type=int, default=1, help="decks compared at a time")
    parser.add_argument(
        "--list", default="differ,only-ngspice", help=f"classes to list, of {', '.join(CLASSES)}"
    )
    parser.add_argument("--quick", action="store_true", help="look for no evidence where numbers differ")
    parser.add_argument("--limit", type=int, default=1_000_000)
    given = parser.parse_args()
    decks = sorted(f for f in given.folder.rglob("*") if f.suffix.lower() in SUFFIXES)[: given.limit]
    counts: collections.Counter[str] = collections.Counter()
    one = functools.partial(
        compare, behaviour=given.behaviour, timeout=given.timeout, evidence=not given.quick
    )
    with concurrent.futures.ProcessPoolExecutor(given.workers) as pool:
        for found in pool.map(one, decks):
            counts[found.verdict] += 1
            if found.verdict in given.list.split(","):
                print(f"{found.verdict:15} {found.deck.relative_to(given.folder)}: {found.note}", flush=True)
    for name in CLASSES:
        print(f"{name:15} {counts[name]}")
    ran = counts["agree"] + counts["shown"] + counts["differ"]
    runs = ran + counts["only-ngspice"]
    print(
        f"of {runs} decks that ngspice runs, {ran} run here; {counts['agree']} agree, "
        f"of {counts['shown']} ngspice shows that ours is right, or as right"
    )
    sys.exit(int(ran < 0.95 * runs))


if __name__ == "__main__":
    main()
