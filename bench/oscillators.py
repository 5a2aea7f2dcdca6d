"""Oscillators compared with known periods, multipliers and Lyapunov exponents, and with ngspice and SciPy.

    python -m bench.oscillators [--long]

Prints, one after the other: operating points of bistable circuits, from random nodesets and from no hint; a table of
known periods, the results of `.pss`, of a transient at default options and of ngspice's transient of the same deck,
relative errors and seconds; order and multiplier of shooting; Lyapunov exponents; the spikes of a long transient; and
the networks of `bench.networks`. `--long` takes the full number of nodesets (10,000), times long enough for exponents
within one per cent, a million spikes, and the largest networks: an hour.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

import circuitnn
from bench import networks, operating_points
from circuitnn import Circuit
from circuitnn.results import rawfile
from circuitnn.results.spike_detection import crossings

DECKS = Path(__file__).resolve().parents[1] / "netlists"
PF = "PF\nVdd vdd 0 2\nRl vdd a 6k\nC1 a 0 1p ic=0\nN1 a 0 nbo2\n.model nbo2 poole_frenkel\n.options temp=26.85\n.end\n"


class Case(NamedTuple):
    """An oscillator of a known period [s], the node that shows it, and how long it takes to settle [s]."""

    name: str
    text: str
    folder: Path
    period: float
    node: str
    tstab: float


def cases() -> list[Case]:
    """All of them."""
    o, n = DECKS / "oscillator", DECKS / "neuron"

    def read(path: Path) -> str:
        return path.read_text()

    neuristor = read(n / "vo2_thermal_neuristor.cir").replace("V0 in 0 12", "V0 in 0 13")
    return [
        Case("van der Pol, mu = 1", read(o / "van_der_pol.cir"), o, 6.6632868593, "v(x)", 60.0),
        Case("NbO2, subcircuit, 2 V", read(o / "nbo2_pearson_anson.cir"), o, 1 / 80.493917e6, "v(a)", 0.3e-6),
        Case("NbO2, poole_frenkel", PF, o, 1 / 80.493917e6, "v(a)", 0.3e-6),
        Case("Pickett, r4", read(o / "pickett.cir"), o, 197.66455e-9, "v(2)", 2e-6),
        Case("VO2 pair, 30 pF", read(o / "vo2_pair_locking.cir"), o, 1 / 634.6338e3, "v(a)", 200e-6),
        Case("VO2 neuristor, 13 V", neuristor, n, 1 / 371.4553e3, "v(a)", 30e-6),
    ]


def timed(ask: Callable[[], float]) -> tuple[float, float]:
    """A period, NaN if there is none, and the seconds it took."""
    started = time.perf_counter()
    try:
        found = ask()
    except circuitnn.CircuitnnError as error:
        print(f"  {error}")
        found = float("nan")
    return found, time.perf_counter() - started


def plain(text: str, folder: Path) -> Circuit:
    """The deck without its options other than the temperature."""
    kept = [line for line in text.splitlines() if not line.lower().startswith(".options") or "temp=" in line]
    return Circuit.from_text("\n".join(kept) + "\n", path=folder / "bench.cir")


def of_ngspice(case: Case, tstop: float) -> float:
    """Period of ngspice's transient of the same deck, at its default options."""
    deck = plain(case.text, case.folder).with_card(
        ".tran", f"{case.period / 200!r} {tstop!r} 0 {case.period / 100!r} uic"
    )
    with tempfile.TemporaryDirectory() as made:
        path = Path(made)
        (path / "d.cir").write_text(deck.export())
        subprocess.run(
            ["ngspice", "-b", "-r", "d.raw", "d.cir"], cwd=path, capture_output=True, timeout=300, check=False
        )
        if not (path / "d.raw").exists():
            return float("nan")
        result = rawfile.read(path / "d.raw")[0]
    t, y = np.asarray(result.time), result.array(case.node)
    late = t > 0.5 * t[-1]
    moments = crossings(t[late], y[late], 0.5 * float(y[late].max() + y[late].min()))
    return float((moments[-1] - moments[0]) / (len(moments) - 1)) if len(moments) > 1 else float("nan")


def scipy_van_der_pol() -> float:
    """Period of van der Pol's oscillator by SciPy."""
    from scipy.integrate import solve_ivp

    def right(_: float, y: np.ndarray) -> list[float]:
        return [y[0] - y[0] ** 3 / 3.0 - y[1], y[0]]

    def rises(_: float, y: np.ndarray) -> float:
        return float(y[0])

    rises.direction = 1.0  # type: ignore[attr-defined]
    found = solve_ivp(right, (0, 80), [2, 0], "DOP853", rtol=1e-13, atol=1e-13, events=rises)
    return float(np.diff(found.t_events[0])[-1])


def row_of(case: Case) -> list[tuple[float, float]]:
    """Periods and seconds: shooting, harmonic balance if no edge is sharp, a transient, ngspice's."""
    circuit = Circuit.from_text(case.text, path=case.folder / "bench.cir")
    tight = 1e-9 if case.name.startswith("van") else 1e-6
    tstop, step, none = case.tstab + 100.0 * case.period, case.period / 20.0, (float("nan"), 0.0)
    return [
        timed(lambda: circuit.pss(tstab=case.tstab, uic=True, tolerance=tight).period()),
        timed(lambda: circuit.pss(tstab=case.tstab, uic=True, tolerance=1e-7, method="hb").period())
        if case.name[0] in "vN"
        else none,
        timed(lambda: plain(case.text, case.folder).tran(tstop, step, uic=True).period(case.node)),
        timed(lambda: of_ngspice(case, tstop)) if shutil.which("ngspice") else none,
    ]


def periods() -> None:
    """The table of periods."""
    print(
        f"{'':22} {'known':>14} {'.pss':>10} {'s':>6} {'hb':>10} {'tran':>10} {'s':>6} {'ngspice':>10} {'s':>6}"
    )
    for case in cases():
        row = row_of(case)
        off = [f"{value / case.period - 1.0:10.1e}" for value, _ in row]
        s = [f"{spent:6.2f}" for _, spent in row]
        print(f"{case.name:22} {case.period:14.9e} {off[0]} {s[0]} {off[1]} {off[2]} {s[2]} {off[3]} {s[3]}")
    found, spent = timed(scipy_van_der_pol)
    print(f"van der Pol by SciPy (DOP853, 1e-13): {found / 6.6632868593 - 1.0:.1e}, {spent:.2f} s")


def exponents(long: bool) -> None:
    """Lyapunov exponents of Lorenz' and Roessler's equations."""
    for deck, known, tstop, tmax in (
        ("lorenz", (0.9050, 0.0, -14.5715), 6000.0, 0.1),
        ("roessler", (0.0714, 0.0, -5.3943), 200_000.0, 0.2),
    ):
        started = time.perf_counter()
        circuit = circuitnn.load(DECKS / "oscillator" / f"{deck}.cir")
        span = tstop if long else tstop / 20.0
        found = circuit.lyapunov(span, 200.0, tmax=tmax, uic=True).measures
        shown = ", ".join(
            f"{found[f'lambda{k}']:.4f} ± {found[f'lambda{k}_sd']:.4f} ({v})" for k, v in enumerate(known, 1)
        )
        print(f"{deck}: {shown}, {time.perf_counter() - started:.0f} s")


def shooting() -> None:
    """Order of the error in the step, and distance of the multiplier of the orbit itself from 1."""
    circuit = circuitnn.load(DECKS / "oscillator" / "van_der_pol.cir")
    for formula in ("sdirk2", "sdirk4"):
        cycle = circuit.pss(tstab=60.0, uic=True, tolerance=1e-9, formula=formula)
        off = np.abs(np.asarray(cycle.multipliers) - 1.0).min()
        print(f"van der Pol, {formula}: order {cycle.order:.2f}, a multiplier is 1 to {off:.0e}")


def lasting(long: bool) -> None:
    """Spikes of transients at default options that keep nothing else, and how the memory grows."""
    count = 1_000_000 if long else 20_000
    for case in cases():
        if case.name not in ("NbO2, poole_frenkel", "Pickett, r4"):
            continue
        circuit = plain(case.text, case.folder)
        settled = circuit.tran(200 * case.period, case.period / 20.0, uic=True).array(case.node)[-1000:]
        level = {case.node: float(settled.min() + settled.max()) / 2.0}
        before, started = _peak(), time.perf_counter()
        found = circuit.spikes(count * case.period, level, case.period / 20.0, uic=True)
        gaps = found.spike_train(case.node).intervals[10:]
        lost = int(np.rint(gaps / np.median(gaps) - 1.0).sum())
        print(
            f"{case.name}: {len(found)} spikes in {count} periods, {lost} lost, intervals of "
            f"{gaps.min() / np.median(gaps):.4f} to {gaps.max() / np.median(gaps):.4f} of their median, "
            f"{found.statistics.points:.3g} points, {_peak() - before:.0f} MB more, "
            f"{time.perf_counter() - started:.0f} s"
        )


def _peak() -> float:
    """Peak memory of this process. [MB]"""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0


def main(long: bool) -> None:
    """Print everything."""
    operating_points.main(["--starts", "10000" if long else "200"])
    periods()
    shooting()
    exponents(long)
    lasting(long)
    networks.main()


if __name__ == "__main__":
    main("--long" in sys.argv)
