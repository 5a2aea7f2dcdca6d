"""Noise of elements in transients: variances of thermodynamics, and the spectra of `.noise`."""

import itertools

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN
from circuitnn.errors import AnalysisError

KELVIN = 300.15


def run(cards, interval, tstop, seed=1, reltol=1e-4):
    options = f".options noisestep={interval!r} seed={seed} reltol={reltol}"
    return Circuit.from_text(
        f"noise\n{cards}\n{options}\n.tran {interval!r} {tstop!r} 0 {interval!r}\n.end\n"
    ).run()[0]


def at_samples(result, name, interval, skip):
    times = np.arange(skip, int(result.time[-1] / interval)) * interval
    return np.interp(times, result.time, result[name])


def spectrum(values, interval, pieces):
    """One-sided density of a signal by Welch's method with half of each piece in the next; frequencies, density."""
    length = 2 * len(values) // (pieces + 1)
    window = np.hanning(length)
    parts = np.array([values[k * length // 2 :][:length] for k in range(pieces)])
    phasors = np.fft.rfft((parts - parts.mean(axis=1, keepdims=True)) * window)
    density = 2.0 * interval * np.mean(np.abs(phasors) ** 2, axis=0) / np.sum(window**2)
    return np.fft.rfftfreq(length, interval), density


@pytest.mark.long
@pytest.mark.parametrize("part", [5, 20])
def test_a_capacitor_has_kt_over_c(part):
    """Of a resistor with a capacitor; currents that are constant for an interval d give tanh(u)/u of it, u = d/2RC."""
    tau, spans = 1e-9, 8000
    u = 0.5 / part
    result = run("r1 a 0 1k\nc1 a 0 1p", tau / part, spans * tau)
    v = at_samples(result, "v(a)", tau / part, 10 * part)
    expected = BOLTZMANN * KELVIN / 1e-12 * np.tanh(u) / u
    assert v.var() == pytest.approx(expected, rel=3.0 * np.sqrt(2.0 / spans))
    assert abs(v.mean()) < 3.0 * np.sqrt(2.0 * expected / spans)


@pytest.mark.long
def test_parallel_and_series_resistors_share_it():
    """Whatever resistors lead to a capacitor: at one temperature it has kT/C."""
    cards = "r1 a 0 1k\nr2 a b 3k\nr3 b 0 1k\nc1 a 0 1p\nc2 b 0 0.5p"
    spans = 8000
    result = run(cards, 0.05e-9, spans * 1e-9)
    for node, c in (("a", 1e-12), ("b", 0.5e-12)):
        v = at_samples(result, f"v({node})", 0.05e-9, 200)
        assert v.var() == pytest.approx(BOLTZMANN * KELVIN / c, rel=3.0 * np.sqrt(2.0 / spans))


CIRCUITS = {
    "thermal": ("r1 a 0 10k\nc1 a 0 1p\ni1 0 a 0", 1e-9),
    "flicker": ("r1 a 0 rm 10k\n.model rm r(kf=2e-9 af=2)\nc1 a 0 0.1p\ni1 0 a 100u", 1e-9),
    "shot": ("d1 a 0 dm\n.model dm d(is=1e-14 kf=1.6e-12)\nc1 a 0 1p\ni1 0 a 10u", 1e-9),
    "memristive": ("n1 a 0 nm\n.model nm poole_frenkel\nc1 a 0 1p\ni1 0 a 10u", 0.1e-9),
}


@pytest.mark.parametrize("kind", CIRCUITS)
def test_spectra_are_those_of_the_noise_analysis(kind):
    cards, interval = CIRCUITS[kind]
    count, pieces = 60_000, 59
    v = at_samples(run(cards, interval, count * interval), "v(a)", interval, 2000)
    f, density = spectrum(v, interval, pieces)
    edges = f[3] * np.array([1.0, 2.0, 4.0, 8.0, 16.0])
    assert edges[-1] < 0.05 / interval
    exact = Circuit.from_text(f"noise\n{cards}\n.end\n").noise("a", "i1", edges[0], edges[-1], 40)[0]
    known = np.exp(
        np.interp(
            np.log(f[3:60]), np.log(np.real(exact["frequency"])), 2.0 * np.log(exact["onoise_spectrum"])
        )
    )
    for low, high in itertools.pairwise(edges):
        band = (f[3:60] >= low) & (f[3:60] < high)
        ratio = density[3:60][band] / known[band]
        # pieces that overlap by half are worth 0.95 each, neighbours among frequencies 0.5
        assert ratio.mean() == pytest.approx(1.0, abs=3.0 / np.sqrt(0.5 * 0.95 * pieces * band.sum()) + 0.01)


def test_numbers_follow_from_seed_and_name():
    cards = "r1 a 0 1k\nr2 b 0 1k\nc1 a 0 1p\nc2 b 0 1p"
    first, again, other = (run(cards, 0.2e-9, 50e-9, seed) for seed in (1, 1, 2))
    assert np.array_equal(first["v(a)"], again["v(a)"])
    assert not np.allclose(first["v(a)"][-5:], other["v(a)"][-5:])
    assert not np.allclose(first["v(a)"], first["v(b)"])


def test_it_says_what_keeps_its_density():
    result = run("r1 a 0 1k\nc1 a 0 1p\ni1 0 a 1u", 0.2e-9, 10e-9)
    assert result.statistics.notes == []
    result = run("d1 a 0 dm\n.model dm d\nr1 a 0 1k\nc1 a 0 1p\ni1 0 a 1u", 0.2e-9, 10e-9)
    assert "the noise of d1 keeps the density" in result.statistics.notes[0]


def test_errors():
    with pytest.raises(AnalysisError, match="no element of the circuit has noise"):
        run("v1 a 0 1\nc1 a 0 1p", 1e-9, 10e-9)
    with pytest.raises(AnalysisError, match="choose a larger noisestep"):
        run("r1 a 0 1k\nc1 a 0 1p", 1e-15, 1e-6)
