"""Orbits that are no steady states, and circuits that have none: what is said, and what is true.

Oracles: SciPy's integration of the same equations, with Poincaré maps, variational equations and winding numbers of
their own; sequences with known rotation.
"""

import math
import subprocess
import sys
import warnings

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import fsolve

from circuitnn import AnalysisError, Circuit, DeckWarning
from circuitnn.periodic.torus import rotation

TIGHT = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-12}
DRIVE = 1.2  # of the Duffing circuits [rad/s]


def duffing(force, damping=0.3, cards=""):
    """x'' + δ·x' - x + x³ = force·cos(1.2·t), started at x = 1."""
    return Circuit.from_text(
        f"duffing\nC1 x 0 1\nGx 0 x y 0 1\nC2 y 0 1\nV1 d 0 sin(0 {force!r} {DRIVE / 2 / math.pi!r} 0 0 90)\n"
        f"B1 0 y i=-{damping!r}*v(y)+v(x)-v(x)*v(x)*v(x)+v(d)\nr1 x 0 1e12\nr2 y 0 1e12\n"
        f".ic v(x)=1 v(y)=0\n{cards}\n.end\n"
    )


def poincare(force, damping, start, turns=1):
    """The point after some periods of the drive, and its derivative by the start."""

    def slopes(t, z):
        x, y = z[:2]
        J = np.array([[0.0, 1.0], [1.0 - 3.0 * x * x, -damping]])
        return np.concatenate(
            [[y, -damping * y + x - x**3 + force * math.cos(DRIVE * t)], (J @ z[2:].reshape(2, 2)).ravel()]
        )

    z = solve_ivp(slopes, (0.0, turns * 2.0 * math.pi / DRIVE), [*start, 1.0, 0.0, 0.0, 1.0], **TIGHT).y[
        :, -1
    ]
    return z[:2], z[2:].reshape(2, 2)


def test_a_doubled_period_is_named():
    """At 0.28 the orbit of the drive's period has lost its stability to one of twice that."""
    force, f = 0.28, DRIVE / 2.0 / math.pi
    with pytest.warns(DeckWarning, match=rf"unstable.*f/2 = {f / 2:.6g} Hz"):
        once = duffing(force).pss(frequency=f, tstab=600, uic=True)
    fixed = fsolve(lambda z: poincare(force, 0.3, z)[0] - z, [once["v(x)"][0], once["v(y)"][0]], xtol=1e-10)
    assert [once["v(x)"][0], once["v(y)"][0]] == pytest.approx(fixed, abs=1e-6)
    own = np.linalg.eigvals(poincare(force, 0.3, fixed)[1])
    assert np.sort(once.multipliers.real) == pytest.approx(np.sort(own.real), abs=1e-5)
    twice = duffing(force).pss(frequency=f / 2, tstab=600, uic=True)
    assert twice.stable
    start = np.array([twice["v(x)"][0], twice["v(y)"][0]])
    assert poincare(force, 0.3, start, 2)[0] == pytest.approx(start, abs=1e-5)
    assert np.abs(poincare(force, 0.3, start)[0] - start).max() > 0.05


@pytest.mark.parametrize("seed", range(4))
def test_stability_of_driven_circuits(seed):
    """A warning if, and only if, the multipliers that SciPy finds at the same point leave the unit circle."""
    rng = np.random.default_rng(seed)
    force, damping = rng.uniform(0.1, 0.36), rng.uniform(0.2, 0.4)

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        orbit = duffing(force, damping).pss(frequency=DRIVE / 2.0 / math.pi, tstab=300, uic=True)
    start = np.array([orbit["v(x)"][0], orbit["v(y)"][0]])
    after, derivative = poincare(force, damping, start)
    assert after == pytest.approx(start, abs=1e-5)
    own = np.linalg.eigvals(derivative)
    assert np.sort(np.abs(orbit.multipliers)) == pytest.approx(np.sort(np.abs(own)), abs=1e-4)
    assert bool(told) == (np.abs(own).max() > 1.0) == (not orbit.stable)


@pytest.mark.parametrize("way", ["run", "-b"])
def test_the_command_says_what_was_found(way, tmp_path):
    deck = tmp_path / "duffing.cir"
    deck.write_text(duffing(0.28, cards=f".pss {DRIVE / 2 / math.pi!r} 600 uic\n.print pss v(x)").text)
    words = [sys.executable, "-m", "circuitnn", way, str(deck)]
    run = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0
    assert "Warning: pss: the orbit is unstable" in run.stderr and "f/2 = 0.095493 Hz" in run.stderr
    for words in ("frequency = 0.1909859317 Hz", "Floquet multipliers: -1.34", "unstable: a multiplier"):
        assert words in run.stdout


def van_der_pol(node, mu, w):
    """v'' - μ·(1 - v²)·v' + w²·v = 0."""
    v = f"V({node})"
    return (
        f"C{node} {node} 0 1\nL{node} {node} 0 {1.0 / w**2!r}\n"
        f"B{node} {node} 0 I=-{mu!r}*({v}-{v}*{v}*{v}/3)\n.ic v({node})=2\n"
    )


def winding(slopes, start, planes, last=1000.0):
    """Mean angular frequencies in some planes, by SciPy. [rad/s]"""
    t = np.linspace(0.0, last, 10 * int(last))
    y = solve_ivp(slopes, (0.0, last), start, t_eval=t, rtol=1e-8, atol=1e-9).y
    rates = []
    for a, b in planes:
        angle = np.unwrap(np.arctan2(y[b], y[a]))
        late = t > 0.2 * last
        rates.append(abs(np.polyfit(t[late], angle[late], 1)[0]))
    return rates


def two_named(text):
    """The two frequencies of a message. [rad/s]"""
    words = text.split("two frequencies, ")[1].split(" Hz")
    return sorted(2.0 * math.pi * float(w.split()[-1]) for w in words[:2])


@pytest.mark.long
@pytest.mark.parametrize("seed", [0])
def test_coupled_oscillators_that_do_not_lock(seed):
    rng = np.random.default_rng(seed)
    mu, w, g = rng.uniform(0.2, 0.5), rng.uniform(1.4, 1.7), rng.uniform(0.01, 0.03)
    deck = f"two\n{van_der_pol('x', mu, 1.0)}{van_der_pol('y', mu, w)}Rc x y {1.0 / g!r}\n.end\n"
    with pytest.raises(AnalysisError, match="two frequencies") as told:
        Circuit.from_text(deck).pss(tstab=200, uic=True)

    def slopes(t, z):
        (x, i, y, j), c = z, g * (z[0] - z[2])
        return [mu * (x - x**3 / 3.0) - i - c, x, mu * (y - y**3 / 3.0) - j + c, w * w * y]

    rates = winding(slopes, [2.0, 0.0, 2.0, 0.0], [(0, 1), (2, 3)])
    assert two_named(str(told.value)) == pytest.approx(sorted(rates), rel=2e-4)


def test_a_driven_oscillator_that_does_not_lock():
    """Its orbit of the drive's period exists, repels, and is not what the circuit does."""
    mu, force, w = 0.3, 0.2, 1.7
    deck = f"forced\n{van_der_pol('x', mu, 1.0)}I1 0 x sin(0 {force} {w / 2 / math.pi!r})\n.end\n"
    with pytest.warns(DeckWarning, match="two frequencies.*no periodic steady state") as told:
        Circuit.from_text(deck).pss(frequency=w / 2.0 / math.pi, tstab=200, uic=True)
    own = winding(
        lambda t, z: [mu * (z[0] - z[0] ** 3 / 3.0) - z[1] + force * math.sin(w * t), z[0]],
        [2.0, 0.0],
        [(0, 1)],
    )
    assert two_named(str(told[0].message)) == pytest.approx(sorted([w, *own]), rel=2e-4)


@pytest.mark.parametrize("seed", range(2))
def test_rotation_of_sequences(seed):
    """Found for a torus, also with many harmonics; refused for decay, repetition, chaos and noise."""
    rng = np.random.default_rng(seed)
    k, rho = np.arange(256), rng.uniform(0.05, 0.45)
    angle = 2.0 * math.pi * rho * k + rng.uniform(0.0, 6.0)
    smooth = np.exp(rng.uniform(0.2, 1.5) * np.cos(angle)) + 0.3 * np.sin(2.0 * angle)
    found = rotation(smooth + 1e-4 * rng.standard_normal(256))
    assert min(found % 1.0, -found % 1.0) == pytest.approx(rho, abs=1e-5)
    assert rotation(np.exp(-k / 40.0) * np.cos(angle)) is None
    assert rotation(np.cos(2.0 * math.pi * k * rng.integers(1, 3) / 5.0)) is None
    assert rotation(np.exp(k / rng.uniform(200.0, 2000.0))) is None
    assert rotation(rng.standard_normal(256)) is None
    chaotic = [rng.uniform(0.1, 0.9)]
    for _ in range(255):
        chaotic.append(3.99 * chaotic[-1] * (1.0 - chaotic[-1]))
    assert rotation(np.array(chaotic)) is None


def test_chaos_is_no_torus():
    """The driven circuit's own orbit repels, and no two frequencies are claimed."""
    with pytest.warns(DeckWarning, match="unstable") as told:
        duffing(0.5).pss(frequency=DRIVE / 2.0 / math.pi, tstab=600, uic=True)
    assert "two frequencies" not in str(told[0].message)
