"""Figures of studies: published numbers, and the cost of samples.

    python -m bench.studies            all but the slow ones
    python -m bench.studies --ngspice  a loop over ngspice beside them

Times are those of this process (processor seconds), since the machine may be busy; wall time is in brackets.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from circuitnn import Circuit
from circuitnn.studies.engine import study
from circuitnn.studies.questions.fit import fit
from circuitnn.studies.questions.margin import margin
from circuitnn.studies.questions.mvm import mvm
from circuitnn.studies.questions.selector import selector
from circuitnn.studies.questions.variability import Chips, Sample
from circuitnn.studies.random_arrays import RandomFaults
from circuitnn.studies.response import Response
from circuitnn.studies.spaces import MonteCarlo

AMPLIFIER = """common emitter
.param rb1=agauss(47k,2k,3) rc=agauss(2.2k,100,3) bf=agauss(150,30,3)
vcc vcc 0 12
r1 vcc b {rb1}
r2 b 0 10k
rc vcc c {rc}
re e 0 470
q1 c b e qn
.model qn npn(is=1e-15 bf={bf} vaf=80 rb=100)
.op
.meas op vc find v(c) at=0
"""
LOOP = {
    "ron": 1e3, "roff": 1e5, "d": 3e-9, "koff": 2e-6, "kon": -2e-6, "aoff": 2.0, "aon": 2.0, "voff": 0.3,
    "von": -0.3, "x0": 0.5,
}  # fmt: skip
FREE = ["ron", "roff", "kon", "koff", "voff"]
START = {**LOOP, "ron": 2e3, "roff": 4e4, "kon": -1e-6, "koff": 4e-6, "voff": 0.2}


@contextmanager
def timed(found: dict[str, float]) -> Iterator[None]:
    """Processor and wall seconds of a block."""
    cpu, wall = time.process_time(), time.perf_counter()
    yield
    found["cpu"], found["wall"] = time.process_time() - cpu, time.perf_counter() - wall


def margins() -> None:
    """Margins of one pull-up; largest arrays."""
    data = margin(size=[2, 4, 8, 16], nonlinearity=[2.0, 10.0, 100.0, 1000.0]).data
    linear = ", ".join(f"{m:.4f}" for m in data["margin"].sel(nonlinearity=2.0).values.ravel())
    counts = data["largest"].values.ravel().astype(int).tolist()
    print(f"margin of one pull-up, N = 2, 4, 8, 16: {linear} (0.3158, 0.1312, 0.0440, 0.0129)")
    print(f"largest N at 10 %, K½ = 2, 10, 100, 1000: {counts} (4, 11, 63, 416)")


def losses() -> None:
    """Losses of products."""
    data = mvm(size=[32, 64, 128]).data
    pairs = zip(data["loss"].values.ravel(), data["worst"].values.ravel(), strict=True)
    print("loss of products, N = 32, 64, 128, mean/worst [%]: ", end="")
    print(", ".join(f"{100 * a:.1f}/{100 * b:.1f}" for a, b in pairs) + " (3.5/4.7, 12.3/15.8, 34.8/42.7)")


def leakages() -> None:
    """Leakage at N = 1024 and K½ = 10."""
    half, floating = (
        selector(1024, nonlinearity=[10.0], ratio=[100.0], scheme=scheme, limit=4).data.squeeze()
        for scheme in ("half", "floating")
    )
    print(
        f"leakage over selected current, N = 1024, K½ = 10: V/2 {float(half['leakage']):.1f} (204.6), ",
        end="",
    )
    print(f"floating {float(floating['sneak']):.1f} (102)")


def amplifier(ngspice: bool) -> None:
    """Operating points of a common emitter."""
    circuit = Circuit.from_text(AMPLIFIER)
    found: dict[str, float] = {}
    single: dict[str, float] = {}
    circuit.monte_carlo(300, signals=())
    with timed(found):
        circuit.monte_carlo(10_240, signals=())
    with timed(single):
        circuit.monte_carlo(200, signals=())
    for name, count, t in (("together", 10_240, found), ("one by one", 200, single)):
        print(
            f"common emitter .op, {name}: {count / t['cpu']:.0f} samples/s ({count / t['wall']:.0f} by the clock)"
        )
    if ngspice:
        decks = [circuit.with_options(seed=k).export() for k in range(20)]
        per = _ngspice(decks)
        print(f"common emitter .op, a loop over ngspice: {1 / per:.0f} samples/s by the clock")


def reads(ngspice: bool) -> None:
    """Reads of 64 x 64 1S1R arrays."""
    chips = Chips(64, "half", 100.0, 1e4, 100.0, (0.1, 0.1), 1.0, 1.0)
    sample = Sample(chips, RandomFaults())
    found: dict[str, float] = {}
    sample(1)
    with timed(found):
        study(sample, MonteCarlo(1000))
    print(
        f"1000 reads of 64 x 64 1S1R: {found['cpu']:.2f} s ({found['wall']:.2f} s by the clock) (at most 3)"
    )
    if ngspice:
        rng = np.random.default_rng(1)
        decks = [chips.array(rng.standard_normal(chips.shape)).export_deck(chips.bias) for _ in range(3)]
        per = _ngspice([deck.replace(".op", ".options klu\n.op", 1) for deck in decks])
        print(
            f"a loop over ngspice with KLU: {1000 * per:.0f} s by the clock, {1000 * per / found['wall']:.0f} times"
        )


def _ngspice(decks: list[str]) -> float:
    """Wall seconds of one run of ngspice."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        for deck in decks:
            path = Path(folder) / "deck.cir"
            path.write_text(deck)
            subprocess.run(
                ["ngspice", "-b", str(path), "-r", str(path.with_suffix(".raw"))], capture_output=True
            )
        return (time.perf_counter() - started) / len(decks)


def fits(trials: int) -> None:
    """Fit of five VTEAM parameters to noisy loops."""
    t = np.linspace(0.0, 2e-3, 401)
    v = 0.9 * np.sin(2e3 * np.pi * t)
    exact = Response("vteam", []).solve(t, v, LOOP, 2)[0]
    noise = 0.01 * np.abs(exact).max()
    seconds, within, covered = [], 0, np.zeros(len(FREE))
    for trial in range(trials):
        measured = exact + noise * np.random.default_rng((5, trial)).standard_normal(len(exact))
        found: dict[str, float] = {}
        with timed(found):
            made = fit({"t": t, "v": v, "i": measured}, free=FREE, start=START).more["fit"]
        true = np.array([LOOP[name] for name in FREE])
        seconds.append(found["cpu"])
        within += bool(np.all(np.abs(made.values - true) < 2.0 * made.sigma))
        covered += (made.low < true) & (true < made.high)
    print(
        f"fit of five VTEAM parameters: {np.median(seconds):.2f} s, all within 2σ in {within} of {trials} trials; "
    )
    print(f"  95 % intervals cover in {covered.astype(int).tolist()} of {trials} (at least 90 %)")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--ngspice", action="store_true", help="time a loop over ngspice, too")
    parser.add_argument("--trials", type=int, default=100, help="of the fit")
    given = parser.parse_args()
    ngspice = given.ngspice and shutil.which("ngspice") is not None
    work: tuple[Callable[[], None], ...] = (margins, losses, leakages)
    for one in work:
        one()
    amplifier(ngspice)
    reads(ngspice)
    fits(given.trials)


if __name__ == "__main__":
    main()
