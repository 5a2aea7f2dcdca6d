"""Either of reltol and statetol tightens the states of compact models; at their defaults nothing changes."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.options import Options
from circuitnn.system.accuracy import LEAST, state_tolerance

# Linear drift with Joglekar's window, p = 1: the charge q at a given flux, doi:10.48550/arXiv.1307.2717
DECK = Circuit.from_text("drift\nv1 a 0 sin(0 1 1)\nn1 a 0 m\n.model m drift\n.tran 20m 0.7 uic\n")
RON, ROFF, RINI, KAPPA = 100.0, 1e4, 5e3, 1e4


def exact_current(time):
    """By bisection of F(q) = ∫v dt."""
    a = (RINI - RON) / (ROFF - RINI)
    flux = (1.0 - np.cos(2.0 * np.pi * time)) / (2.0 * np.pi)
    low, high = np.zeros_like(time), np.full_like(time, 1e-2)
    for _ in range(200):
        q = 0.5 * (low + high)
        made = ROFF * q + (RON - ROFF) / (4.0 * KAPPA) * (
            np.log(np.exp(4.0 * KAPPA * q) + a) - np.log(1.0 + a)
        )
        low, high = np.where(made < flux, q, low), np.where(made < flux, high, q)
    return np.sin(2.0 * np.pi * time) / (ROFF + (RON - ROFF) / (1.0 + a * np.exp(-4.0 * KAPPA * q)))


def error(**options):
    run = DECK.with_options(**options).run()[0]
    late = run.time > 0.1
    return np.max(np.abs(-run["i(v1)"][late] / exact_current(run.time[late]) - 1.0)), run


def test_either_tightens():
    usual, run = error()
    for name in ("reltol", "statetol"):
        errors, points = [usual], [len(run)]
        for factor in (1e-1, 1e-2):
            off, tight = error(**{name: factor * getattr(Options(), name)})
            errors.append(off)
            points.append(len(tight))
        # the error falls with the power 2/3 of the tolerance
        assert errors[1] < 0.5 * errors[0] and errors[2] < 0.5 * errors[1], (name, errors)
        assert points[0] < points[1] < points[2]


def test_defaults_are_as_they_were():
    assert state_tolerance(Options()) == 1e-6
    plain = DECK.run()[0]
    for options in ({"reltol": 1e-3, "statetol": 1e-6}, {"reltol": 1e-3}):
        assert np.array_equal(DECK.with_options(**options).run()[0].data, plain.data)


@pytest.mark.parametrize(
    ("reltol", "statetol", "applied"),
    [
        (1e-4, 1e-6, 1e-7),
        (1e-4, 1e-5, 1e-6),
        (1e-2, 1e-6, 1e-6),  # a looser reltol loosens no state
        (1e-3, 1e-3, 1e-3),
        (1e-12, 1e-6, 7e-12),  # SPICE's own criterion, with trtol, is tighter still
        (1e-8, 1e-6, LEAST),
        (1e-8, 1e-10, 1e-10),  # nothing is looser than what is asked for
    ],
)
def test_applied_tolerance(reltol, statetol, applied):
    assert state_tolerance(Options(reltol=reltol, statetol=statetol)) == pytest.approx(applied)


@pytest.mark.parametrize(
    ("options", "noted"),
    [
        ({}, False),
        ({"reltol": 1e-5}, False),
        ({"reltol": 1e-6}, True),
        ({"reltol": 1e-8, "statetol": 1e-7}, True),
        ({"reltol": 1e-6, "statetol": 1e-9}, False),
    ],
)
def test_reltol_that_tightens_states_no_further_is_a_note(options, noted):
    """Two runs that agree to the bit prove nothing."""
    notes = DECK.with_options(**options).run()[0].statistics.notes
    assert any("reltol tightens them no further" in note for note in notes) == noted
    divider = Circuit.from_text("t\nv1 a 0 sin(0 1 1)\nr1 a b 1\nc1 b 0 1\n.tran 0.1 1\n")
    assert not divider.with_options(**options).run()[0].statistics.notes
