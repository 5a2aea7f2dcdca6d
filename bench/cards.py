"""Random cards of passive elements and controlled sources in a small circuit, against ngspice.

    python -m bench.cards --count 300 --seed 7 [--kinds rclg]

Each deck has one card of the kind with random parameters (m, temp, dtemp, tc1, tc2, scale, models, expressions,
polynomials) and runs .op, .dc, .ac, .noise, .tf and .tran. Prints the decks that differ by more than the tolerances of
`bench.simulator_runs`; the exit code is 1 if any does. What ngspice 44 is known to do otherwise is in docs/decks.md.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from bench.simulator_runs import commands, differing, simulate

SECONDS = 20.0  # of a run
ANALYSES = ".op\n.ac dec 1 100 1meg\n.noise v(b) v1 dec 1 100 100k\n.tran 1u 200u 0 1u"
TF = ".tf v(b) v1"  # not beside couplings: ngspice's .tf then has entries that .ac left behind
SWEEPS = ".dc temp -20 80 50", ".dc v1 -1 1 0.5", ".dc r1 500 1500 500", ".dc v1 0 1 0.5 temp 0 50 50"
# Not a number of ours or ngspice's: it sums what each finds between its own points.
SUMMED = {"noise_total"}


def value(rng: random.Random, usual: float) -> str:
    """A number near the usual one, as a number or an expression."""
    number = f"{usual * 10 ** rng.uniform(-0.7, 0.7):.3g}"
    return rng.choice((number, number, f"{{{number}*p1}}", f"'{number}*2'", f"{{p2*{number}}}"))


def some(rng: random.Random, *choices: tuple[str, ...]) -> str:
    """One of each group of words, or none of it."""
    return " ".join(rng.choice(words) for words in choices if rng.random() < 0.35)


TEMPERATURES = (
    ("temp=50", "temp=-20", "temp={p1*20}"),
    ("dtemp=10", "dtemp=-30"),
    ("m=2", "m={p1}", "m=0.5"),
)
LINEAR = (("tc1=1m", "tc1=-2m tc2=1u"), ("scale=2", "scale=0.3"), *TEMPERATURES)


def resistor(rng: random.Random) -> str:
    """A resistor: a number, a sheet, or an expression."""
    kind = rng.randrange(3)
    if kind == 0:
        return f"r5 b c {value(rng, 1e3)} {some(rng, ('ac=500', 'ac=2k'), ('noisy=0',), *LINEAR)}"
    if kind == 1:
        more = some(rng, ("tc1=1m", "tc1=2m tc2=1u"), ("narrow=0.1u", "defw=1u"), ("tnom=50",), ("kf=1e-20",))
        return f"r5 b c rm l=10u w=2u {some(rng, *TEMPERATURES)}\n.model rm r(rsh={value(rng, 50)} {more})"
    return f"r5 b c r='1k*(1+v(b)*v(b))' {some(rng, ('tc1=1m',))}"


def capacitor(rng: random.Random) -> str:
    """A capacitor: a number or an area."""
    if rng.random() < 0.5:
        return f"c5 b c {value(rng, 1e-8)} {some(rng, *LINEAR)}"
    more = some(rng, ("cjsw=1n",), ("narrow=0.5u",), ("short=1u",), ("tc1=1m tc2=1u",), ("tnom=50",))
    return f"c5 b c cm l=300u w=200u {some(rng, *TEMPERATURES)}\n.model cm c(cj={value(rng, 1e-1)} {more})"


def inductor(rng: random.Random) -> str:
    """An inductor, alone or coupled with two others."""
    if rng.random() < 0.5:
        return f"l5 b c {value(rng, 1e-3)} {some(rng, *LINEAR)}"
    first, second = (f"{rng.uniform(-0.9, 0.9):.2g}" for _ in range(2))
    others = f"l6 d 0 {value(rng, 1e-3)}\nl7 e 0 {value(rng, 1e-4)}\nrd d 0 50\nre e 0 100"
    third = f"{float(first) * float(second):.3g}"  # of such a set the energy is positive
    return f"l5 b c {value(rng, 1e-3)}\n{others}\nk1 l5 l6 {first}\nk2 l5 l7 {second}\nk3 l6 l7 {third}"


def controlled(rng: random.Random) -> str:
    """A controlled or behavioural source: linear, polynomial, an expression."""

    def gains(least: int, most: int) -> str:
        return " ".join(f"{rng.uniform(-2, 2):.3g}" for _ in range(rng.randint(least, most)))

    copies = some(rng, ("m=2", "m={p1}"))
    made = (
        lambda: f"e5 d 0 b c {gains(1, 1)}",
        lambda: f"g5 d 0 b 0 {gains(1, 1)} {copies}",
        lambda: f"f5 d 0 v1 {gains(1, 1)} {copies}",
        lambda: f"h5 d 0 v1 {gains(1, 1)}k",
        lambda: f"e5 d 0 poly(2) b 0 a c {gains(3, 8)}",
        lambda: f"g5 d 0 poly(3) b 0 a 0 c 0 {gains(4, 12)}",
        lambda: f"f5 d 0 poly(1) v1 {gains(2, 4)}",
        lambda: f"e5 d 0 vol='{gains(1, 1)}*v(b)+({gains(1, 1)})*v(a,c)*v(b)'",
        lambda: f"g5 d 0 cur='{gains(1, 1)}*v(b)*v(b)' {copies}",
        lambda: (
            f"b5 d 0 i={gains(1, 1)}*v(b)^2 "
            + some(rng, ("tc1=1m", "temp=50 tc1=2m", "tc1=1m reciproctc=1"), ("m=2", "m=2 reciprocm=1"))
        ),
    )
    return f"{rng.choice(made)()}\nrd d 0 1"


KINDS: dict[str, Callable[[random.Random], str]] = {
    "r": resistor,
    "c": capacitor,
    "l": inductor,
    "g": controlled,
}


def deck(seed: int, kinds: str) -> str:
    """The deck of a seed."""
    rng = random.Random(seed)
    card = KINDS[rng.choice(kinds)](rng)
    lines = (
        f"random cards {seed}\n.param p1=2 p2={{p1+1}}",
        f"v1 a 0 dc {rng.choice((1, 2, -1))} ac 1 sin(0.3 1 10k)\nr1 a b 1k\nr2 c 0 2k",
        card,
        "" if "\nk1" in card else TF,
        some(rng, (".temp 60", ".options temp=80")),
        f".options reltol=1e-7 abstol=1e-15 vntol=1e-12\n{ANALYSES}\n{rng.choice(SWEEPS)}\n.end\n",
    )
    return "\n".join(line for line in lines if line)


def judge(path: Path) -> tuple[str, str]:
    """Outcome of a deck in both simulators, and what differs most."""
    theirs, ours = (simulate(command, path, SECONDS) for command in commands(""))
    if not theirs.plots:
        return ("neither" if not ours.plots else "only ours"), ""
    if not ours.plots:
        return "only ngspice", ours.message[-300:]
    found = {k: x for k, x in differing(theirs.plots, ours.plots).items() if k[0] not in SUMMED}
    if not found:
        return "agree", ""
    worst = max(found, key=lambda key: found[key])
    return "differ", f"{worst}: {found[worst]:.3g} tolerances"


def main() -> int:
    """Run a campaign."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", default="".join(KINDS))
    given = parser.parse_args()
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "deck.cir")
        for seed in range(given.seed, given.seed + given.count):
            path.write_text(deck(seed, given.kinds))
            outcome, what = judge(path)
            outcomes[outcome] += 1
            if outcome in ("differ", "only ngspice"):
                print(f"{seed}: {outcome}, {what}\n{path.read_text()}", flush=True)
    print(dict(outcomes))
    return int(outcomes["differ"] + outcomes["only ngspice"] > 0)


if __name__ == "__main__":
    sys.exit(main())
