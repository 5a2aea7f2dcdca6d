"""The chaotic oscillator of ``nbo2_mott`` against its equations in NumPy: neighbours, eigenvalues, divergence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from circuitnn import Circuit

DECK = Path(__file__).resolve().parents[2] / "netlists/oscillator/nbo2_mott.cir"
BOLTZMANN, CHARGE, VACUUM = 1.380649e-23, 1.602176634e-19, 8.8541878128e-12
R, C, AMBIENT = 4.7e3, 1.5e-12, 300.15
SIZES = np.array([1.0, 300.0, 1.0])  # V, K, metallic part
STEP = 0.05  # ns


def rates(y, bias):
    """Time derivatives of voltage, temperature and metallic part, shape (3, ...). [1/ns]"""
    v, t, x = y
    kt = BOLTZMANN * t / CHARGE
    p = np.sqrt(CHARGE / (np.pi * VACUUM * 45.0)) * np.sqrt(np.abs(v) / 20e-9) / kt
    bracket = 0.5 + (1.0 + (p - 1.0) * np.exp(p)) / p**2
    i = np.pi * 30e-9**2 * 5e4 * np.exp(-0.215 / kt) * v / 20e-9 * bracket
    heat = v * i - (t - AMBIENT) * ((1.0 - x) / 1.4e6 + x / 2e6)
    goal = 1.0 / (1.0 + np.exp((526.0 - t - 70.0 * (2.0 * x - 1.0)) / 12.0))
    return 1e-9 * np.array([((bias - v) / R - i) / C, heat / 1e-15, (goal - x) / 2e-9])


def advanced(y, bias, steps):
    """Runge and Kutta's steps."""
    for _ in range(steps):
        k1 = rates(y, bias)
        k2 = rates(y + 0.5 * STEP * k1, bias)
        k3 = rates(y + 0.5 * STEP * k2, bias)
        k4 = rates(y + STEP * k3, bias)
        y = y + STEP / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return y


def jacobian(y, bias):
    """By central differences; shape (3, 3). [1/ns]"""
    steps = np.diag(1e-6 * SIZES)
    return np.column_stack([(rates(y + h, bias) - rates(y - h, bias)) / (2.0 * h.sum()) for h in steps])


def growth(bias, many=128, chunks=300, per=20):
    """Mean growth of the distance of neighbours, and its standard error over many trajectories. [1/s]"""
    rng = np.random.default_rng(1)
    y = np.array([0.9 + 0.2 * rng.random(many), 400.0 + 100.0 * rng.random(many), 0.1 * rng.random(many)])
    y = advanced(y, bias, 8000)
    beside = y + 1e-7 * SIZES[:, None] * rng.standard_normal(y.shape)
    logs = np.zeros(many)
    for k in range(chunks + 100):
        y, beside = advanced(y, bias, per), advanced(beside, bias, per)
        apart = (beside - y) / SIZES[:, None]
        size = np.sqrt(np.sum(apart**2, axis=0))
        beside = y + 1e-7 * apart / size * SIZES[:, None]
        logs += np.log(size / 1e-7) if k >= 100 else 0.0
    found = 1e9 * logs / (chunks * per * STEP)
    return found.mean(), found.std() / np.sqrt(many)


def exponents(bias, tstop="8u"):
    circuit = Circuit.from_text(DECK.read_text().replace("1.62", str(bias)))
    return circuit.lyapunov(tstop, "1u", uic=True, tmax="2n").measures


@pytest.mark.long
def test_the_largest_exponent_is_that_of_neighbouring_trajectories():
    ours, (theirs, error) = exponents(1.62, "20u"), growth(1.62)
    assert theirs > 20.0 * error and ours["lambda1"] > 20.0 * ours["lambda1_sd"]
    assert ours["lambda1"] == pytest.approx(theirs, abs=4.0 * np.hypot(error, ours["lambda1_sd"]))
    assert ours["lambda2"] == pytest.approx(0.0, abs=1e-2 * -ours["lambda3"])
    assert 2.0 < ours["dimension"] < 2.1


@pytest.mark.long
def test_the_exponents_sum_to_the_mean_divergence():
    ours, y = exponents(1.62, "20u"), np.array([0.9, 400.0, 0.01])
    y = np.repeat(y[:, None], 64, axis=1) * (1.0 + 1e-3 * np.arange(64))
    y, total = advanced(y, 1.62, 8000), []
    for _ in range(400):
        y = advanced(y, 1.62, 10)
        total.append([np.trace(jacobian(y[:, k], 1.62)) for k in range(0, 64, 16)])
    summed = sum(ours[f"lambda{k}"] for k in (1, 2, 3))
    assert summed == pytest.approx(1e9 * np.mean(total), rel=0.02)


@pytest.mark.long
def test_a_lower_bias_ends_in_a_point_with_its_eigenvalues():
    y = advanced(np.array([0.9, 400.0, 0.01]), 1.54, 60000)
    wanted = np.sort(1e9 * np.linalg.eigvals(jacobian(y, 1.54)).real)[::-1]
    found = exponents(1.54)
    assert wanted[0] < 0.0
    # two are conjugate: a trajectory of finite length splits them
    assert found["lambda1"] + found["lambda2"] == pytest.approx(wanted[:2].sum(), rel=1e-3)
    assert found["lambda3"] == pytest.approx(wanted[2], rel=1e-2)


@pytest.mark.long
@pytest.mark.parametrize("bias", [1.57, 1.71])
def test_beside_the_window_of_chaos_are_cycles(bias):
    found = exponents(bias)
    assert found["lambda1"] == pytest.approx(0.0, abs=1e6)  # a twentieth of that of the chaos
    assert found["lambda2"] < -1e6


def test_the_transition_has_the_hysteresis_of_a_mean_field():
    """The grains flip where dx/dt = 0 has a double root."""
    s = np.sqrt(1.0 - 2.0 * 12.0 / 70.0)
    half = 70.0 * s - 12.0 * np.log((1.0 + s) / (1.0 - s))
    for side, sign in (("-1", 1.0), ("1", -1.0)):
        flips = []
        for off in (-1.0, 1.0):  # K, before and beyond the end of the hysteresis
            temp = 526.0 + sign * (half + off) - 273.15
            deck = (
                f"held\nv1 a 0 0\nn1 a 0 m temp={temp} x0={(1 + float(side)) / 2}\n.model m nbo2_mott\n.end\n"
            )
            result = Circuit.from_text(deck).tran("0.4u", "1n", uic=True)
            flips.append(result["@n1[x]"][-1] > 0.5)
        assert flips == ([False, True] if sign > 0 else [True, False])


def test_without_transition_it_is_poole_frenkel():
    deck = "static\ni1 0 a 300u\nn1 a 0 m\n.model m {}\n.nodeset v(a)=0.9\n.end\n"
    ours = Circuit.from_text(deck.format("nbo2_mott(tc=5000)")).op()["v(a)"]
    assert ours == pytest.approx(Circuit.from_text(deck.format("poole_frenkel")).op()["v(a)"], rel=1e-6)
    metal = Circuit.from_text("metal\nv1 a 0 1m\nn1 a 0 m\n.model m nbo2_mott(tc=10 gmet=10m)\n.end\n").op()
    assert -metal["i(v1)"] == pytest.approx(1e-5, rel=1e-2)
