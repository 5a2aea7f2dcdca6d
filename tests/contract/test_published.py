"""Every compact model's stated formula at the edges of its range: `published_*.py` have it, written by hand.

States are at, beside and between the ends of their ranges; voltages go to tens of volts, where exponentials go on as
straight lines. At an end a rate that leads out is 0; one that leads in is the formula's.
"""

from itertools import product

import numpy as np
import published_memories  # noqa: F401
import published_others  # noqa: F401
import published_volatile  # noqa: F401
import pytest
from exact import FORMULAS, Numbers
from mpmath import mpf

from circuitnn.equations.evaluate import evaluate
from circuitnn.models import catalogue, compact, known

VOLTAGES = (-20.0, -5.0, -1.3, -0.45, -0.1, -1e-3, 0.0, 1e-3, 0.1, 0.45, 1.3, 5.0, 20.0)
SHARES = (0.0, 1e-3, 0.3, 0.97, 1.0)  # further from the ends than where bounds begin, or at them
TEMPERATURES = (40.0, 300.15, 335.0, 600.0, 1100.0, 6000.0)
LOGITS = (-700.0, -30.0, -14.9, -2.0, 0.0, 2.0, 14.9, 30.0, 700.0)
ANGLES = (-12.0, -1.5, 0.0, 0.3, 12.0)
MILLIVOLTS = (-20e-3, -2.8e-3, -1e-4, 0.0, 1e-6, 2.75e-3, 2.85e-3, 20e-3)
# Unknowns that are not voltages at `plus`, with their values; model → cards with these.
UNKNOWNS = {
    "sinh_selector": {},
    "miec": {"inner": VOLTAGES},
    "threshold_ots": {"x": SHARES},
    "fold": {"s": (-50.0, -1.0, 0.0, 0.57, 50.0)},
    "and_ts": {"x": SHARES},
    "poole_frenkel": {"t": TEMPERATURES},
    "nbo2_kumar": {"t": TEMPERATURES},
    "nbo2_mott": {"t": TEMPERATURES, "x": SHARES},
    "vo2_switch": {"x": SHARES, "metallic": (0.0, 1.0)},
    "vo2_thermal": {
        "t": (290.0, 305.0, 332.0, 336.0, 370.0, 900.0),
        "delta": (-1.0, 1.0),
        "tr": (334.0,),
        "tpr": (3.0,),
    },
    "pickett": {"y": (-45.0, -40.0, -14.0, -1.0, -0.002, -0.001, 0.0)},
    "volatile_current": {"x": SHARES},
    "volatile_voltage": {"x": SHARES},
    "vvteam": {"x": SHARES, "s": (0.0, 1e-4, 1.0, 1e3)},
    "drift": {"y": LOGITS},
    "vteam": {"x": SHARES},
    "vteam_logit": {"y": LOGITS},
    "team": {"x": SHARES},
    "yakopcic": {"x": SHARES},
    "yakopcic_gen": {"x": SHARES},
    "pershin": {"x": SHARES},
    "wox": {"w": SHARES},
    "memdiode": {"h": SHARES, "inner": (-20.0, -0.3, 0.0, 0.3, 20.0)},
    "stanford_pku": {"g": SHARES, "t": (298.0, 400.0, 3000.0)},
    "rram_thermal": {"tf": SHARES, "t": (298.0, 400.0, 3000.0)},
    "ftj": {"s": (*SHARES, 1e-200, 1.0 - 1e-15)},
    "enode": {"w": (-2.0, 0.0, 0.5, 2.0, 50.0), "gate": (-20.0, 0.0, 20.0), "drain": (-20.0, 0.0, 20.0)},
    "pcm": {"t": (40.0, 400.0, 473.15, 873.15, 6000.0), "x": SHARES, "l": (0.0, 30.0)},
    "cbram_stm": {"ws": SHARES, "wl": SHARES},
    "josephson": {"phi": ANGLES, "plus": MILLIVOLTS},
    "mjj": {"phi": ANGLES, "w": SHARES, "field": (-1.0, 0.0, 1e-3, 1.0), "plus": MILLIVOLTS},
    "stno": {"x": (-3.0, -1.0, 0.0, 0.9, 3.0), "y": (-1.0, 0.0, 2.0)},
    "mtj": {"mx": (-1.0, 0.0, 0.6), "my": (0.0, -0.8), "mz": (-1.0, 0.0, 1.0)},
}
LEAST = mpf("1e-300")  # less has no double
ENDS = {"g": ("gapmin", "gapmax"), "tf": ("tfmin", "tfmax")}  # of states in nm, in m
CARDS = {
    "drift": [
        {"window": w, "p": p, "j": j}
        for w, p, j in ((0, 1, 1), (1, 1, 1), (1, 7, 1), (2, 1, 1), (2, 10, 1), (3, 2, 3))
    ],
    "vteam": [{}, {"window": 2, "p": 3}, {"window": 4}, {"exponential": 1}],
    "vteam_logit": [{"window": 1, "p": 3}, {"window": 3, "p": 2, "j": 2}, {"window": 1, "exponential": 1}],
    "team": [{}, {"window": 0}, {"window": 2, "p": 2}, {"exponential": 1, "window": 0}],
    "yakopcic": [{}, {"eta": -1}],
    "yakopcic_gen": [{}, {"eta": -1}],
    "nbo2_mott": [{"gmet": 1e-3}],
    "wox": [{}, {"tau": 0}],
    "ftj": [{"n": n} for n in (1.0, 1.5, 4.0)],
    "pcm": [{}, {"nu": 0.1}],
    "miec": [{"gleak": 1e-9}],
    "josephson": [{}, {"rtype": 0}],
    "stno": [{"kappa": 1e9}],
    "vo2_switch": [{"tau": 1e-9}],
}
# Not here: no formula of their own at edges, or equations to be solved, which tests of numbers do.
ELSEWHERE = {
    "ekv": "test_numbers_neuron.py",
    "cbram": "test_numbers_memory.py",
    "jart_vcm": "test_numbers_rram.py",
    "jart_vcm_var": "test_numbers_rram.py",
    "mtj_thermal": "test_numbers_spin.py",
    "smtj": "test_numbers_spin.py",
    "stanford_pku_noise": "test_numbers_rram.py",
    "pcm_statistical": "test_numbers_memory.py",
    "pcm_neuron": "test_numbers_memory.py",
}


def defaults(model, card):
    values = {p.name: p.default for p in (*model.parameters, *model.instance_parameters)} | card
    while any(isinstance(v, str) for v in values.values()):
        values |= {n: values[v] for n, v in values.items() if isinstance(v, str)}
    return values | {"temp": 27.0, "tnom": 27.0, "gmin": 1e-12, "time": 0.0}


def points(name, values):
    """Every combination of the unknowns' values; each an array."""
    grid = {"plus": VOLTAGES} | UNKNOWNS[name]
    for n in set(grid) & set(ENDS):
        low, high = (values[end] / 1e-9 for end in ENDS[n])
        grid[n] = tuple(low + share * (high - low) if share < 1.0 else high for share in SHARES)
    if name == "drift" and values["window"] in (0, 2):  # these stop y at 16
        grid["y"] = tuple(y for y in LOGITS if abs(y) < 32.0)
    found = np.array(list(product(*grid.values())), dtype=float).T
    return dict(zip(grid, found, strict=True))


def expected(name, values, at):
    """By node or state: what the formula says at every point."""
    p, count = Numbers(values), len(at["plus"])
    rows = [FORMULAS[name](p, Numbers({n: v[k] for n, v in at.items()})) for k in range(count)]
    return {what: [row[what] for row in rows] for what in rows[0]}


def outside(model, what, wanted, at, values):
    """Whether a state is at an end and its rate leads out."""
    state = next((s for s in model.states if s.name == what), None)
    if state is None:
        return np.zeros(len(wanted), dtype=bool)
    low, high = (values[n] / 1e-9 for n in ENDS[what]) if what in ENDS else (state.low, state.high)
    leads = np.array([float(np.sign(w)) for w in wanted])
    return ((at[what] <= low) & (leads < 0)) | ((at[what] >= high) & (leads > 0))


CASES = [(name, k) for name in UNKNOWNS for k in range(len(CARDS.get(name, [{}])))]


@pytest.mark.parametrize(("name", "number"), CASES)
def test_formula(name, number):
    model = known()[name]
    m, card = model.stated(), CARDS.get(name, [{}])[number]
    values = defaults(model, card)
    at = points(name, values)
    inputs = values | dict.fromkeys(m.inputs, 0.0) | dict.fromkeys(m.randoms, 0.0) | at
    for what, wanted in expected(name, values, at).items():
        stored, node = what.startswith("stored "), what.removeprefix("stored ")
        expr = m.q[node] if stored else m.f[node]
        sign = -1.0 if not stored and node in {s.name for s in model.states} else 1.0
        ours = sign * np.broadcast_to(evaluate([expr], inputs)[0], len(wanted))
        out = outside(model, what, wanted, at, values)
        assert np.all(np.abs(ours[out]) <= 1e-12 * max(map(abs, wanted)))
        # what cancels: at one voltage, compared with the largest
        largest = {
            v: max(abs(w) for w, one in zip(wanted, at["plus"], strict=True) if one == v)
            for v in set(at["plus"])
        }
        for k in np.flatnonzero(~out):
            allowed = mpf("1e-9") * abs(wanted[k]) + mpf("1e-12") * largest[at["plus"][k]] + LEAST
            point = {n: float(v[k]) for n, v in at.items()}
            assert abs(mpf(float(ours[k])) - wanted[k]) <= allowed, (
                what,
                point,
                float(ours[k]),
                float(wanted[k]),
            )


def test_every_compact_model_has_its_formula():
    own = set(compact()) & set(catalogue())  # other tests register theirs
    assert own | {"vteam_logit"} == set(UNKNOWNS) | set(ELSEWHERE)
    assert set(UNKNOWNS) == set(FORMULAS)
