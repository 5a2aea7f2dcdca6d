"""``python -m bench.limits [--count 2000] [--seed 1] [--jobs 2]``: decks that try to exceed their limits.

Each deck asks for far more time or memory than it may have, in one of the ways of `WAYS`, with random sizes. None may
take more than 20 % beyond the memory, or 1 s beyond the time (the start of the process, which is measured beside them,
does not count), and each must end with an error of ours, or with a result. Decks that fail are printed and run again
alone; if one fails then too, the exit code is 1.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.process import Spent, spend

SECONDS, MEGABYTES = 1.0, 300.0  # limits of each deck
LATE, MORE = 1.0, 1.2  # what a deck may take beyond them
EVERY = 25  # decks between two measurements of the start of the process

TRIVIAL = "v1 a 0 1\nr1 a 0 1\n.op"


def size(rng: random.Random, low: float, high: float) -> int:
    """A whole number, evenly spread in its logarithm."""
    return int(low * (high / low) ** rng.random())


def ladder(rng: random.Random, sections: int, card: str) -> str:
    """A ladder of resistors and capacitors."""
    lines = [f"rl{k} n{k} n{k + 1} {1 + rng.random():.6f}k\ncl{k} n{k + 1} 0 1p" for k in range(sections)]
    return "\n".join([f"v1 n0 0 ac 1 sin(0 1 1meg) dc 1\n{card}", *lines])


def array(rng: random.Random) -> str:
    """Arrays with random, large or expensive cells."""
    m, n = size(rng, 100, 60000), size(rng, 100, 60000)
    value = rng.choice(["1u", "{agauss(1u,1n,1)}", "{1u*exp(sin(row*col))}", "{unif(1u,0.1)}"])
    ends = rng.choice(["left=in bottom=0", "left=in bottom=out", "left=in right=0 top=out"])
    card = rng.choice([".op", ".tran 1n 1u", ".ac dec 10 1 1g"])
    return f"v1 in0 0 1\n.crossbar x1 rows={m} cols={n} g={value} rw={rng.choice([0, 1, 2.5])} {ends}\n{card}"


def solutions(rng: random.Random) -> str:
    """A search for operating points of many diodes."""
    count = size(rng, 5, 3000)
    lines = [f"d{k} n{k} n{k + 1} dm\nrl{k} n{k + 1} 0 1k" for k in range(count)]
    return "\n".join(["v1 n0 0 1", *lines, ".model dm d", f".solutions {size(rng, 100, 1e6)}"])


def poles(rng: random.Random) -> str:
    """Poles of a long ladder."""
    n = size(rng, 200, 1990)
    return ladder(rng, n, f".pz n0 0 n{n} 0 vol {rng.choice(['pz', 'pol', 'zer'])}")


def sweep(rng: random.Random) -> str:
    """Sweeps of many points, nested, and steps of whole analyses."""
    n = size(rng, 1e4, 1e12)
    card = rng.choice(
        [
            f".dc v1 0 1 {1 / n:.3e}",
            f".dc v1 0 1 {n**-0.5:.3e} r1 1 2 {n**-0.5:.3e}",
            f".step param p 0 1 {1 / n:.3e}\n.param p=1\n.op",
            f".ac lin {min(n, 10**9)} 1 1g",
            f".noise v(b) v1 lin {min(n, 10**9)} 1 1g",
            f".sp lin {min(n, 10**9)} 1 1g",
            f".tran {1 / n:.3e} 1 0 {1 / n:.3e}",
            f".disto lin {min(n, 10**9)} 1 1g",
        ]
    )
    return f"v1 a 0 dc 1 ac 1 sin(0 1 1meg) portnum 1 z0=50\nr1 a b 1k\nd1 b 0 dm\nc1 b 0 1n\n.model dm d\n{card}"


def subcircuits(rng: random.Random) -> str:
    """Subcircuits that contain each other twice or more often."""
    depth, wide = size(rng, 8, 60), rng.choice([2, 3, 10])
    lines = []
    for k in range(depth):
        inner = "\n".join(f"x{j} a b s{k + 1}" for j in range(wide))
        lines.append(f".subckt s{k} a b\n{inner}\n.ends")
    lines.append(f".subckt s{depth} a b\nr1 a b 1k\n.ends")
    return "\n".join(["v1 a 0 1\nx1 a 0 s0", *lines, ".op"])


def expression(rng: random.Random) -> str:
    """Expressions and functions that grow when they are written out."""
    depth = size(rng, 5, 60)
    functions = [f".func f{k}(x) {{f{k + 1}(x)*f{k + 1}(x+1)}}" for k in range(depth)]
    use = rng.choice(["r1 a 0 {f0(1)}", "b1 a 0 i=f0(v(a))", ".param y={f0(2)}\nr1 a 0 {y}"])
    return "\n".join(["v1 a 0 1", *functions, f".func f{depth}(x) {{sin(x)}}", use, ".op"])


def table(rng: random.Random) -> str:
    """Long waveforms, tables and lines with long delays."""
    n = size(rng, 1e3, 2e5)
    points = " ".join(f"{k}n {k % 7}" for k in range(n))
    return rng.choice(
        [
            f"v1 a 0 pwl({points}) r=0\nr1 a 0 1\n.tran 1n 1",
            f"v1 a 0 pulse(0 1 0 1p 1p 1p {10 ** -rng.uniform(6, 12):.3e})\nr1 a b 1\nc1 b 0 1n\n.tran 1n {n}",
            f"v1 a 0 sin(0 1 1g)\nr1 a b 50\nt1 b 0 c 0 z0=50 td={n}u\nr2 c 0 50\n.tran 1n 1",
            f"v1 a 0 1\nb1 b 0 v=table(v(a), {points.replace(' ', ', ').replace('n', '')})\nr1 b 0 1\n.dc v1 0 1 1n",
        ]
    )


def control(rng: random.Random) -> str:
    """Control blocks that loop or make long vectors."""
    n = size(rng, 1e5, 1e12)
    body = rng.choice(
        [
            "while 1\nop\nend",
            f"let x=vector({n})\nlet y=x*x",
            "let x=vector(1000)\nwhile 1\nlet x=interpolate(x)\nend",
            f"repeat {n}\nlet x=vector(1000)\nend",
            "let k=0\nwhile 1\nlet y{$&k}=vector(100000)\nlet k=k+1\nend",
            f"tran 1n 1m\nlinearize\nspec 0 1g {1e9 / n:.3e} v(a)",
            f"tran {1 / n:.3e} 1",
            f"foreach p {' '.join(map(str, range(1000)))}\nforeach q 1 2 3 4 5 6 7 8 9\ntran 1n 1m\nend\nend",
            "set x='a'\nwhile 1\nset x='$x$x'\nend",
        ]
    )
    return f"v1 a 0 sin(0 1 1meg)\nr1 a b 1\nc1 b 0 1n\n.control\n{body}\n.endc"


def large(rng: random.Random) -> str:
    """Circuits whose matrices fill."""
    n = size(rng, 50, 1200)
    kind = rng.choice(["coupled", "full", "sens", "periodic"])
    if kind == "coupled":
        lines = [f"l{k} n{k} 0 1u\nr{k} n{k} a 1" for k in range(min(n, 200))]
        pairs = [f"k{i}_{j} l{i} l{j} 0.001" for i in range(len(lines)) for j in range(i)]
        return "\n".join(["v1 a 0 sin(0 1 1meg)", *lines, *pairs, ".tran 1n 1"])
    if kind == "full":
        lines = [
            f"g{i}_{j} n{i} 0 n{j} 0 1u" for i in range(min(n, 300)) for j in range(min(n, 300)) if i != j
        ]
        ties = [f"r{k} n{k} a 1" for k in range(min(n, 300))]
        return "\n".join(["v1 a 0 sin(0 1 1meg)", *lines, *ties, ".tran 1n 1"])
    return ladder(rng, n, f".sens v(n{n}) ac dec 100 1 1g" if kind == "sens" else ".pss 1meg 0 n1 100000 10")


WAYS: dict[str, Callable[[random.Random], str]] = {
    way.__name__: way
    for way in (array, solutions, poles, sweep, subcircuits, expression, table, control, large)
}


def run(text: str, batch: bool) -> Spent:
    """Run a deck with limits."""
    with tempfile.TemporaryDirectory() as name:
        deck = Path(name, "deck.cir")
        deck.write_text(f"limits\n{text}\n.end\n")
        words = ["-b", "-r", "out.raw"] if batch else ["run", "-q", "-o", "out.raw"]
        limits = ["--confine", f"--max-time={SECONDS}", f"--max-memory={MEGABYTES}"]
        command = [sys.executable, "-m", "circuitnn", *words, *limits, deck.name]
        return spend(command, Path(name), timeout=60.0)


def judged(spent: Spent, start: float) -> str:
    """What is wrong with a run; empty if nothing is."""
    if spent.status not in (0, 1):
        return f"exit code {spent.status}"
    if "Traceback" in spent.output or "fault of circuitnn" in spent.output:
        return "an internal error"
    if spent.megabytes > MORE * MEGABYTES:
        return f"{spent.megabytes:.0f} MB"
    late = spent.seconds - start - SECONDS
    return f"{late:.2f} s too late" if late > LATE else ""


def main() -> int:
    """Run the campaign."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--ways", default=",".join(WAYS))
    given = parser.parse_args()
    ways, starts, wrong = given.ways.split(","), [run(TRIVIAL, False).seconds], 0
    suspects: list[int] = []
    peaks: dict[str, list[Spent]] = {way: [] for way in ways}

    def one(number: int) -> tuple[int, str, Spent]:
        if number % EVERY == EVERY - 1:
            starts.append(run(TRIVIAL, False).seconds)
        way = ways[number % len(ways)]
        rng = random.Random(f"{given.seed} {number}")
        return number, way, run(WAYS[way](rng), rng.random() < 0.5)

    with ThreadPoolExecutor(given.jobs) as pool:
        for number, way, spent in pool.map(one, range(given.count)):
            peaks[way].append(spent)
            fault = judged(spent, statistics.median(starts[-9:]))
            if fault:
                suspects.append(number)
                print(f"{way} {number} (seed {given.seed}): {fault}; {spent.output[-200:]!r}", flush=True)
    for number in suspects:  # alone: what else ran beside it took time
        before = run(TRIVIAL, False).seconds
        _, way, spent = one(number)
        fault = judged(spent, statistics.median([before, run(TRIVIAL, False).seconds]))
        wrong += bool(fault)
        print(f"{way} {number}, again and alone: {fault or 'within its limits'}", flush=True)
    for way, runs in peaks.items():
        longest, most = max(s.seconds for s in runs), max(s.megabytes for s in runs)
        print(f"{way:12} {len(runs):5} decks, at most {longest:.2f} s, {most:.0f} MB")
    print(
        f"{given.count} decks, limits {SECONDS} s and {MEGABYTES} MB, {len(suspects)} beyond them, {wrong} alone; "
        f"start {statistics.median(starts):.2f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
