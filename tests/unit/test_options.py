"""What options do to the ways of solving, and what is said of those that do nothing."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError

HARD = """diodes in series: more Newton steps than a few
v1 a 0 5
r1 a b 10
d1 b c dm
d2 c d dm
d3 d 0 dm
.model dm d(is=1e-16 n=1.1)
{options}
.op
"""
RLC = """t
v1 a 0 pulse(0 1 1u 1n 1n 1 2)
r1 a b 10
l1 b c 1m
c1 c 0 1n
d1 c 0 dm
.model dm d(is=1e-14)
{options}
.tran 50n 20u
"""


def homotopy(options):
    return Circuit.from_text(HARD.format(options=options)).op().statistics.homotopy


def test_iterations_and_homotopies():
    assert homotopy("") == ""
    assert homotopy(".options itl1=2") == "gmin stepping"
    assert homotopy(".options itl1=2 gminsteps=0") == "source stepping"
    assert homotopy(".options itl1=2 gminsteps=0 srcsteps=0") not in ("", "gmin stepping", "source stepping")
    assert homotopy(".options itl1=2 gminsteps=0 itl6=0") == homotopy(
        ".options itl1=2 gminsteps=0 srcsteps=0"
    )


def statistics(options):
    return Circuit.from_text(RLC.format(options=options)).run()[0].statistics


def test_tolerances_take_steps_and_iterations():
    usual = statistics("")
    assert statistics(".options reltol=1e-5").points > usual.points
    assert statistics(".options trtol=1").points > usual.points
    assert statistics(".options chgtol=1e-18").points > usual.points
    steep = RLC.replace("pulse(0 1 ", "pulse(0 50 ")
    few, enough = (
        Circuit.from_text(steep.format(options=f".options itl4={n}")).run()[0].statistics for n in (2, 10)
    )
    assert few.rejected > enough.rejected
    assert statistics(".options vntol=1e-12 abstol=1e-16 reltol=1e-6").iterations > usual.iterations
    euler = Circuit.from_text(RLC.format(options=".options method=be")).run()[0]
    first_order = Circuit.from_text(RLC.format(options=".options maxord=1")).run()[0]
    np.testing.assert_array_equal(euler.data, first_order.data)


def test_points_of_interp():
    full, even = (Circuit.from_text(RLC.format(options=o)).run()[0] for o in ("", ".options interp"))
    np.testing.assert_allclose(even.time, 50e-9 * np.arange(401), rtol=1e-12)
    np.testing.assert_array_equal(even["v(c)"], np.interp(even.time, full.time, full["v(c)"]))


def test_what_is_said_of_options():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert homotopy(".options noopiter acct list cshunt rseries=0") == ""
    with pytest.warns(DeckWarning, match="option xmu is not known"):
        homotopy(".options xmu=0.4")
    for wrong in ("rshunt=0", "cshunt=-1p", "rseries=-1", "reltol=0", "rshunt=x"):
        with pytest.raises(NetlistError, match=wrong.split("=")[0]):
            homotopy(f".options {wrong}")


@pytest.mark.parametrize(
    "option",
    ["seed=-1", "seed=1e30", "itl1=1e30", "itl1=0", "itl2=-5", "itl4=1e300", "threads=0", "threads=1e12", "maxord=99",
     "gminsteps=-1", "srcsteps=1e20"],
)  # fmt: skip
def test_whole_numbers_have_ranges(option):
    with pytest.raises(NetlistError, match=rf"option {option.partition('=')[0]} = .*: must be \d+ to \d+"):
        homotopy(f".options {option}")


def test_more_threads_than_processors_are_no_use():
    deck = HARD + "\n".join(f"dx{k} d 0 dm" for k in range(4000)) + "\n"
    few, many = (Circuit.from_text(deck.format(options=f".options threads={n}")).op() for n in (1, 100000))
    assert np.array_equal(few.data, many.data)
    assert any("as many as there are processors" in note for note in many.statistics.notes)
