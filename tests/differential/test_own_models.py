"""Models of the project beside SciPy: their equations written anew from docs/models.md, random parameters and drives.

`Case.rate` has the time derivatives of the states and `Case.output` what the deck's vector must be; both see the time.
"""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from math import pi

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from circuitnn import Circuit

Q, K, EPS0, PHI0 = 1.602176634e-19, 1.380649e-23, 8.8541878128e-12, 6.62607015e-34 / (2 * 1.602176634e-19)
SEEDS, BUDGET = 3, 2e-3
KELVIN = 273.15


@dataclass
class Case:
    """A deck without its analysis, the end of its run [s], the vector compared, and the equations.

    `points` are the steps of both at least. The budget is a part of the vector's span.
    """

    cards: str
    end: float
    vector: str
    start: list[float]
    rate: Callable[[float, np.ndarray], list[float]]
    output: Callable[[float, np.ndarray], float]
    points: int = 1000


def near(rng, value, spread=0.25):
    return float(value * np.exp(rng.normal(0.0, spread)))


def words(given):
    return " ".join(f"{name}={value:.12g}" for name, value in given.items())


def sine(amplitude, frequency):
    return lambda t: amplitude * np.sin(2 * pi * frequency * t)


def driven(model, given, amplitude, frequency):
    """A voltage source at the device, one and a half periods."""
    cards = f"v1 a 0 sin(0 {amplitude:.12g} {frequency:.12g})\nn1 a 0 m\n.model m {model}({words(given)})"
    return cards, 1.5 / frequency, "i(v1)"


def pershin(rng):
    g = {
        "ron": near(rng, 1e3),
        "roff": near(rng, 2e4),
        "beta": near(rng, 1e13),
        "alpha": near(rng, 1e12),
        "vt": near(rng, 2.0),
    }
    g["rini"] = rng.uniform(0.35, 0.65) * (g["roff"] - g["ron"]) + g["ron"]
    f = near(rng, 2e9)
    # at most a fifth of the range, so that R stays off its ends
    a = min(near(rng, 3.5), 0.5 * (g["roff"] - g["ron"]) * f / g["beta"] + g["vt"])
    v = sine(a, f)

    def rate(t, s):
        return [
            g["beta"] * v(t) + 0.5 * (g["alpha"] - g["beta"]) * (abs(v(t) + g["vt"]) - abs(v(t) - g["vt"]))
        ]

    return Case(*driven("pershin", g, a, f), [g["rini"]], rate, lambda t, s: -v(t) / s[0])


def drift(rng):
    window = int(rng.integers(1, 4))
    g = {
        "ron": near(rng, 100.0),
        "roff": near(rng, 1e4),
        "d": near(rng, 1e-8),
        "mu": near(rng, 1e-14),
        "window": window,
    }
    g |= {"p": float(rng.integers(1, 4)), "j": rng.uniform(0.5, 1.0), "x0": rng.uniform(0.3, 0.6)}
    kappa, a = g["mu"] * g["ron"] / g["d"] ** 2, near(rng, 1.0)
    f = kappa * a / g["roff"] * rng.uniform(1.5, 4.0)
    v = sine(a, f)

    def rate(t, s):
        (x,) = s
        i = v(t) / (g["ron"] * x + g["roff"] * (1 - x))
        shape = {
            1: 1 - (2 * x - 1) ** (2 * g["p"]),
            2: 1 - abs(x - (1.0 if i < 0 else 0.0)) ** (2 * g["p"]),
            3: g["j"] * (1 - ((x - 0.5) ** 2 + 0.75) ** g["p"]),
        }[window]
        return [kappa * i * shape]

    return Case(
        *driven("drift", g, a, f),
        [g["x0"]],
        rate,
        lambda t, s: -v(t) / (g["ron"] * s[0] + g["roff"] * (1 - s[0])),
    )


def beyond(value, off, on, up, down, high, low):
    """Rate beyond either of two thresholds of opposite sign."""
    if value / off > 1:
        return up * (value / off - 1) ** high
    return down * (value / on - 1) ** low if value / on > 1 else 0.0


def mixed(g, x):
    return (
        g["ron"] * (g["roff"] / g["ron"]) ** x if g["exponential"] else g["ron"] + (g["roff"] - g["ron"]) * x
    )


def vteam(rng):
    g = {
        "ron": near(rng, 50.0),
        "roff": near(rng, 1e3),
        "d": near(rng, 3e-9),
        "exponential": float(rng.integers(0, 2)),
    }
    g |= {
        "voff": near(rng, 0.2),
        "von": -near(rng, 0.3),
        "aoff": rng.uniform(1, 4),
        "aon": rng.uniform(1, 4),
        "window": 0,
    }
    a, f = near(rng, 0.6, 0.1), near(rng, 1e3)
    speed = g["d"] * f * 0.4
    g |= {
        "koff": speed / max(a / g["voff"] - 1, 0.2) ** g["aoff"],
        "kon": -speed / max(a / -g["von"] - 1, 0.2) ** g["aon"],
        "x0": rng.uniform(0.4, 0.6),
    }
    v = sine(a, f)

    def rate(t, s):
        return [beyond(v(t), g["voff"], g["von"], g["koff"], g["kon"], g["aoff"], g["aon"]) / g["d"]]

    return Case(*driven("vteam", g, a, f), [g["x0"]], rate, lambda t, s: -v(t) / mixed(g, s[0]))


def team(rng):
    g = {"ron": near(rng, 100.0), "roff": near(rng, 1e3), "xon": 0.0, "xoff": near(rng, 3e-9), "window": 0}
    g |= {"exponential": float(rng.integers(0, 2)), "ioff": near(rng, 1e-4), "ion": -near(rng, 1e-4)}
    g |= {"alphaoff": rng.uniform(1, 4), "alphaon": rng.uniform(1, 4), "x0": rng.uniform(0.4, 0.6)}
    a, f = 5 * g["ioff"] * mixed(g, g["x0"]), near(rng, 1e6)
    most = a / mixed(g, g["x0"])
    g |= {
        "koff": 0.3 * g["xoff"] * f / (most / g["ioff"] - 1) ** g["alphaoff"],
        "kon": -0.3 * g["xoff"] * f / (most / -g["ion"] - 1) ** g["alphaon"],
    }
    v = sine(a, f)

    def rate(t, s):
        i = v(t) / mixed(g, s[0])
        return [
            beyond(i, g["ioff"], g["ion"], g["koff"], g["kon"], g["alphaoff"], g["alphaon"])
            / (g["xoff"] - g["xon"])
        ]

    return Case(*driven("team", g, a, f), [g["x0"]], rate, lambda t, s: -v(t) / mixed(g, s[0]))


def wox(rng):
    g = {"alpha": near(rng, 5e-7), "beta": near(rng, 0.5), "gamma": near(rng, 4e-6), "delta": near(rng, 2.0)}
    g |= {"rate": near(rng, 4.5), "eta1": near(rng, 0.004), "eta2": near(rng, 4.0), "tau": near(rng, 10.0)}
    g["w0"] = rng.uniform(0.4, 0.6)
    f = near(rng, 2.0)
    a = np.arcsinh(0.8 * f / (g["rate"] * g["eta1"])) / g["eta2"]
    v = sine(a, f)

    def current(t, s):
        on = g["gamma"] * np.sinh(g["delta"] * v(t))
        return -((1 - s[0]) * g["alpha"] * (1 - np.exp(-g["beta"] * v(t))) + s[0] * on)

    def rate(t, s):
        return [g["rate"] * (g["eta1"] * np.sinh(g["eta2"] * v(t)) - s[0] / g["tau"])]

    return Case(*driven("wox", g, a, f), [g["w0"]], rate, current)


def yakopcic(rng):
    g = {
        "a1": near(rng, 0.17),
        "a2": near(rng, 0.17),
        "b": near(rng, 0.05),
        "vp": near(rng, 0.16),
        "vn": near(rng, 0.15),
    }
    g |= {"ap": near(rng, 4e3), "an": near(rng, 4e3), "alphap": near(rng, 1.0), "alphan": near(rng, 5.0)}
    g |= {
        "xp": rng.uniform(0.2, 0.4),
        "xn": rng.uniform(0.3, 0.6),
        "x0": rng.uniform(0.3, 0.6),
        "eta": rng.choice([-1.0, 1.0]),
    }
    a = near(rng, 0.4)
    f = max(g["ap"], g["an"]) * rng.uniform(0.5, 2.0)
    v = sine(a, f)

    def rate(t, s):
        (x,), u = s, v(t)
        push = g["ap"] * (np.exp(u) - np.exp(g["vp"])) if u > g["vp"] else 0.0
        if u < -g["vn"]:
            push = -g["an"] * (np.exp(-u) - np.exp(g["vn"]))
        shape = 1.0
        if g["eta"] * u >= 0 and x >= g["xp"]:
            shape = np.exp(-g["alphap"] * (x - g["xp"])) * (1 - x) / (1 - g["xp"])
        if g["eta"] * u < 0 and x <= 1 - g["xn"]:
            shape = np.exp(g["alphan"] * (x + g["xn"] - 1)) * x / (1 - g["xn"])
        return [g["eta"] * push * shape]

    def current(t, s):
        return -(g["a1"] if v(t) >= 0 else g["a2"]) * s[0] * np.sinh(g["b"] * v(t))

    return Case(*driven("yakopcic", g, a, f), [g["x0"]], rate, current)


def cbram_stm(rng):
    g = {"goff": near(rng, 1e-6), "gon": near(rng, 1e-4), "vth": near(rng, 0.1), "rate": near(rng, 1.0)}
    g |= {
        "taus": near(rng, 2.0),
        "taul": near(rng, 50.0),
        "wth": rng.uniform(0.2, 0.5),
        "kappa": near(rng, 1.0),
    }
    a, f = near(rng, 0.3), near(rng, 0.3)
    v = sine(a, f)

    def rate(t, s):
        y = max(v(t) / g["vth"] - 1, 0.0)
        return [
            g["rate"] * (1 - s[0]) * y - s[0] / g["taus"],
            g["kappa"] * (1 - s[1]) * max(s[0] - g["wth"], 0.0) - s[1] / g["taul"],
        ]

    def current(t, s):
        return -v(t) * (g["goff"] + (g["gon"] - g["goff"]) * min(max(s[0] + s[1], 0.0), 1.0))

    return Case(*driven("cbram_stm", g, a, f), [0.0, 0.0], rate, current)


def hopping(g, v, t):
    """Conduction after Poole and Frenkel, in three dimensions. [A]"""
    field, kt = v / g["d"], K * t
    p = np.sqrt(Q**3 / (pi * EPS0 * g["epsr"])) * np.sqrt(abs(field) + 1e-3) / kt
    shape = 0.5 + (0.5 + p / 3 + p * p / 8 if p < 0.02 else (1 + (p - 1) * np.exp(p)) / p**2)
    return pi * g["r"] ** 2 * g["sigma0"] * np.exp(-g["ea"] * Q / kt) * field * shape


def loaded(rng, model, g, current, others, start):
    """A device with a capacitor behind a resistor, whose source rises and falls; v is the first state."""
    load, cap = near(rng, 5e3), near(rng, 2e-12)
    amplitude, frequency = near(rng, 1.2, 0.15), near(rng, 5e6)
    v = sine(amplitude, frequency)
    cards = (
        f"v1 a 0 sin(0 {amplitude:.12g} {frequency:.12g})\nr1 a b {load:.12g}\nc1 b 0 {cap:.12g}\n"
        f"n1 b 0 m\n.model m {model}({words(g)})"
    )

    def rate(t, s):
        return [((v(t) - s[0]) / load - current(s)) / cap, *others(s)]

    return Case(cards, 1.5 / frequency, "v(b)", [0.0, *start], rate, lambda t, s: s[0])


def film(rng):
    """Conductivity, activation energy and size of a film that conducts by hopping, drawn in this order."""
    return {
        "sigma0": near(rng, 5e4),
        "ea": near(rng, 0.215, 0.05),
        "d": near(rng, 2e-8, 0.1),
        "r": near(rng, 3e-8, 0.1),
    }


def poole_frenkel(rng):
    g = film(rng)
    g |= {"epsr": near(rng, 45.0, 0.1), "rth": near(rng, 1.4e6), "cth": near(rng, 1e-15)}

    def others(s):
        return [(s[0] * hopping(g, s[0], s[1]) - (s[1] - 300.15) / g["rth"]) / g["cth"]]

    return loaded(rng, "poole_frenkel", g, lambda s: hopping(g, s[0], s[1]), others, [300.15])


def nbo2_mott(rng):
    g = film(rng)
    g |= {
        "epsr": near(rng, 45.0, 0.1),
        "rth1": near(rng, 1.4e6),
        "rth2": near(rng, 2e6),
        "cth": near(rng, 1e-15),
    }
    g |= {
        "gmet": near(rng, 1e-5),
        "tc": near(rng, 480.0, 0.05),
        "h": rng.uniform(10, 20),
        "width": near(rng, 12.0),
    }
    g["lag"] = near(rng, 2e-9)

    def current(s):
        return hopping(g, s[0], s[1]) + s[2] * g["gmet"] * s[0]

    def others(s):
        v, t, x = s
        heat = v * current(s) - (t - 300.15) * ((1 - x) / g["rth1"] + x / g["rth2"])
        full = 1 / (1 + np.exp((g["tc"] - t - g["h"] * (2 * x - 1)) / g["width"]))
        return [heat / g["cth"], (full - x) / g["lag"]]

    x = 0.0
    for _ in range(200):  # the transition at rest
        x = 1 / (1 + np.exp((g["tc"] - 300.15 - g["h"] * (2 * x - 1)) / g["width"]))
    return loaded(rng, "nbo2_mott", g, current, others, [300.15, x])


def josephson(rng):
    g = {"icrit": near(rng, 1e-4), "cap": near(rng, 7e-14), "rtype": 0}
    shunt, a = near(rng, 6.0), g["icrit"] * rng.uniform(0.4, 1.8)
    f = near(rng, 2e10)
    cards = (
        f"i1 0 a sin(0 {a:.12g} {f:.12g})\nr1 a 0 {shunt:.12g}\nn1 a 0 m\n.model m josephson({words(g)})\n"
        ".options vntol=1n chgtol=1e-22"
    )
    i = sine(a, f)

    def rate(t, s):
        return [2 * pi / PHI0 * s[1], (i(t) - g["icrit"] * np.sin(s[0]) - s[1] / shunt) / g["cap"]]

    return Case(cards, 1.5 / f, "v(a)", [0.0, 0.0], rate, lambda t, s: s[1], points=8000)


def stno(rng):
    g = {
        "f0": near(rng, 5e9),
        "n": -near(rng, 1e9),
        "gamma": near(rng, 3e8),
        "q": near(rng, 0.5),
        "ith": near(rng, 1e-3),
    }
    g |= {"r0": near(rng, 1e3), "dr": near(rng, 100.0), "x0": rng.uniform(0.1, 0.4)}
    i = g["ith"] * rng.uniform(0.5, 2.5)
    cards = f"i1 0 a {i:.12g}\nn1 a 0 m\n.model m stno({words(g)})"

    def rate(t, s):
        c = complex(*s)
        p = abs(c) ** 2
        turn = -1j * 2 * pi * (g["f0"] + g["n"] * p) * c
        change = turn - g["gamma"] * (1 + g["q"] * p) * c + g["gamma"] * i / g["ith"] * (1 - p) * c
        return [change.real, change.imag]

    return Case(cards, 4 / g["f0"], "v(a)", [g["x0"], 0.0], rate, lambda t, s: i * (g["r0"] + g["dr"] * s[0]))


CASES = [pershin, drift, vteam, team, wox, yakopcic, cbram_stm, poole_frenkel, nbo2_mott, josephson, stno]


@pytest.mark.thinned(3)
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("made", CASES, ids=lambda made: made.__name__)
def test_beside_scipy(made, seed):
    case = made(np.random.default_rng([CASES.index(made), seed]))
    step = case.end / case.points
    text = f"t\n{case.cards}\n.options reltol=1e-6\n.tran {step:.12g} {case.end:.12g} 0 {step:.12g}\n.end\n"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = Circuit.from_text(text).run()[0]
    times, found = np.ravel(result["time"]), np.ravel(result[case.vector])
    solved = solve_ivp(
        case.rate, (0.0, float(times[-1])), case.start, "LSODA", times, rtol=1e-9, atol=1e-12, max_step=step
    )
    assert solved.success
    exact = np.array([case.output(t, s) for t, s in zip(times, solved.y.T, strict=True)])
    assert np.ptp(exact) > 0.0
    worst = np.abs(found - exact).max() / np.ptp(exact)
    assert worst < BUDGET, f"{worst:.2e} of the span\n{text}"
