"""Cards in the forms that LTspice writes; the expected numbers are formulas."""

from __future__ import annotations

import math

import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError

LOWPASS = "* a low-pass\nV1 in 0 PULSE(0 1 0 1n 1n 1 2) AC 1\nR1 in out 1k\nC1 out 0 1u ic=0\n{cards}\n.end\n"


def results(cards: str):
    return Circuit.from_text(LOWPASS.format(cards=cards)).run()


@pytest.mark.parametrize("card", [".tran 2m", ".tran 0 2m", ".tran 0 2m 0 20u", ".tran 0 2m uic"])
def test_a_transient_without_tstep(card):
    """As LTspice has it; tstep is then a fiftieth of the run."""
    (found,) = results(card + "\n.meas tran x find v(out) at=1m")
    assert found["time"][-1] == pytest.approx(2e-3)
    assert found.measures["x"] == pytest.approx(1.0 - math.exp(-1.0), rel=2e-3)


@pytest.mark.parametrize("word", ["startup", "steady", "nodiscard", "step"])
def test_words_of_ltspice_on_a_transient_are_told_of(word):
    with pytest.warns(DeckWarning, match=f"'{word}' on '.tran' has no effect"):
        results(f".tran 0 2m 0 20u {word}")


@pytest.mark.parametrize("card", [".tran", ".tran 1 2 3 4 5", ".tran uic"])
def test_a_transient_without_its_end_is_refused(card):
    with pytest.raises(NetlistError, match=r"'\.tran' takes tstep, tstop"):
        results(card)


def test_a_measure_need_not_name_the_only_analysis():
    (found,) = results(".tran 3m\n.meas half when v(out)=0.5\n.meas x find v(out) at 1m")
    assert found.measures["half"] == pytest.approx(1e-3 * math.log(2.0), rel=2e-3)
    assert found.measures["x"] == pytest.approx(1.0 - math.exp(-1.0), rel=2e-3)


def test_a_measure_of_one_of_two_analyses_names_it():
    with pytest.warns(DeckWarning, match=r"'\.meas half' does not say of which analysis it is: tran or ac"):
        results(".tran 3m\n.ac dec 5 1 1k\n.meas half when v(out)=0.5")


@pytest.mark.parametrize(
    ("part", "of"),
    [
        ("mag", abs),
        ("re", lambda h: h.real),
        ("im", lambda h: h.imag),
        ("db", lambda h: 20 * math.log10(abs(h))),
    ],
)
def test_parts_of_phasors_in_measures(part, of):
    frequency = 1000.0 / (2.0 * math.pi)
    (found,) = results(f".ac lin 1 {frequency} {frequency}\n.meas ac x find {part}(V(out)) at={frequency}")
    assert found.measures["x"] == pytest.approx(of(1.0 / (1.0 + 1j)), rel=1e-9)


@pytest.mark.parametrize("also", ["", ".print tran i(r1) i(d1)", ".meas tran x max i(r1)"])
def test_currents_of_devices_that_are_saved(also):
    """Also those that depend on an inner node, here the diode's behind its series resistance."""
    deck = f"""t
v1 in 0 1
r1 in a 1k
d1 a 0 dm
.model dm d(is=1e-14 rs=1)
.tran 1u 10u
.save v(a) i(r1) i(d1)
{also}
.end
"""
    (found,) = Circuit.from_text(deck).run()
    assert sorted(found.names) == ["i(d1)", "i(r1)", "time", "v(a)"]
    expected = (1.0 - found["v(a)"]) / 1e3
    assert found["i(r1)"] == pytest.approx(expected, rel=1e-9)
    assert found["i(d1)"] == pytest.approx(expected, rel=1e-4)
