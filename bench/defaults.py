"""``python -m bench.defaults [NAME …]``: decks of compact models with default options, as a user first writes them.

Every deck that shows a compact model in a transient runs as it stands, and again without its tolerances and with fifty
steps (`validation.memristive`). The figures that its cards expect and measure are compared with a converged run of the
same deck. One line per deck: time points and worst deviation of both, and which figure it is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from circuitnn.errors import CircuitnnError
from validation.decks import Deck
from validation.memristive import converged, deviations, figures, model_decks, plain, run

LIMIT = 0.01


def judged(deck: Deck, exact: dict[str, float], change: Callable[[str], str]) -> tuple[float, str]:
    """The worst deviation of a run, and its text."""
    start = time.perf_counter()
    try:
        results = run(deck, change)
    except CircuitnnError as error:
        return float("inf"), f"failed: {error}"
    seconds = time.perf_counter() - start
    off = deviations(deck, figures(deck, results), exact)
    name = max(off, key=lambda n: off[n], default="")
    points = sum(r.statistics.points for r in results)
    return off.get(name, 0.0), f"{points:8d} {seconds:6.2f} s {off.get(name, 0.0):9.1e}  {name}"


def main(names: list[str]) -> int:
    """Print the table; exit status 1 if some deck is off by more than one per cent."""
    print(f"{'deck':36}{'':9}points   time   worst")
    bad = 0
    for deck in model_decks():
        if names and not any(n in deck.name for n in names):
            continue
        exact = figures(deck, run(deck, converged))
        for label, change in (("written", str), ("default", plain)):
            worst, text = judged(deck, exact, change)
            bad += label == "default" and not worst <= LIMIT
            print(f"{deck.name if label == 'written' else '':36}{label:9}{text}")
    print(f"{bad} beyond {LIMIT:.0%} at default options")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
