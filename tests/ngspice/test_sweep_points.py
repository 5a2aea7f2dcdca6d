"""``.dc`` sweeps have as many points as ngspice's, which adds up rounded steps."""

import random
import subprocess

import pytest

from circuitnn.circuit.circuit import Circuit
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")
EDGES = [
    "0 1 1e-4",
    "0 1 3.3333333333333333e-1",
    "1 0 -3.3333333333333333e-1",
    "0 1e-12 1e-13",
    "0 1e-10 3e-12",
    "1e6 1000001 0.1",
    "0 1 0.1000000000001",
    "0 1 0.1000000000000001",
    "1 1 0.1",
]


def drawn(least, most):
    """Sweeps whose rounded steps nearly lead to their ends."""
    draw = random.Random(7)
    found = []
    for _ in range(60):
        start, stop = (round(draw.uniform(least, most), draw.randint(0, 4)) for _ in range(2))
        step = float(
            f"{(stop - start) / draw.choice((1, 3, 7, 10, 33, 100)):.{draw.choice((2, 3, 4, 12, 17))}g}"
        )
        found += [f"{start!r} {stop!r} {step!r}"] if step else []
    return found


def counts(commands, tmp_path):
    """Numbers of points in ngspice."""
    lines = "".join(f"dc {command}\nlet n=length(a)\nprint n\n" for command in commands)
    path = tmp_path / "deck.cir"
    path.write_text(f"t\nv1 a 0 1\nr1 a 0 1k\nv2 b 0 1\n.control\n{lines}.endc\n.end\n")
    run = subprocess.run(["ngspice", "-b", path], capture_output=True, text=True, timeout=120, check=False)
    return [int(float(line.split("=")[1])) for line in run.stdout.splitlines() if line.startswith("n = ")]


def points(command):
    (card,) = Circuit.from_text(f"t\nv1 a 0 1\nr1 a 0 1k\nv2 b 0 1\n.dc {command}\n.end\n").flat.analyses
    return [len(sweep.values) for sweep in card.arguments["sweeps"]]


@pytest.mark.parametrize(
    ("target", "ranges"), [("v1", [*EDGES, *drawn(-5, 5)]), ("temp", drawn(-50, 150)), ("r1", drawn(1, 10))]
)
def test_counts(target, ranges, tmp_path):
    commands = [f"{target} {words}" for words in ranges]
    assert [points(command)[0] for command in commands] == counts(commands, tmp_path)


def test_counts_of_two_axes(tmp_path):
    commands = [f"v1 {inner} v2 {outer}" for inner, outer in zip(drawn(-5, 5), EDGES[1:3] * 9, strict=False)]
    ours = [points(command) for command in commands]
    assert [inner * outer for inner, outer in ours] == counts(commands, tmp_path)
