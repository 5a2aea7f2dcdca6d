"""Cards in the forms that LTspice writes; the expected numbers are formulas."""

from __future__ import annotations

import math
import warnings
from contextlib import nullcontext

import numpy as np
import pytest
from scipy.constants import k as BOLTZMANN

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


@pytest.mark.parametrize("word", ["steady", "nodiscard", "step"])
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


RISE = 20e-6  # s, in which sources rise with startup


@pytest.mark.parametrize("source", ["2", "PULSE(0 2 5u 1n 1n 1 2)", "SINE(1 1 100k)"])
def test_startup_lets_sources_rise(source):
    """The circuit begins at rest without sources; each is multiplied by t/20 µs until then."""
    deck = "* startup\nV1 in 0 {source}\nR1 in 0 1k\nI1 0 b 1m\nR2 b 0 1k\n.tran 0 40u 0 50n{word}\n.end\n"
    (plain,) = Circuit.from_text(deck.format(source=source, word="")).run()
    (rising,) = Circuit.from_text(deck.format(source=source, word=" startup")).run()
    t = rising["time"]
    factor = np.minimum(t / RISE, 1.0)
    expected = np.interp(t, plain["time"], plain["v(in)"]) * factor
    assert rising["v(in)"] == pytest.approx(expected, abs=2e-2)
    assert rising["v(b)"] == pytest.approx(1.0 * factor, abs=1e-9)
    assert np.min(np.abs(t - RISE)) == 0.0  # a time step ends there


def test_startup_charges_an_rc_along_its_ramp():
    """v = a·(t - τ·(1 - exp(-t/τ))) with a = 1 V / 20 µs and τ = 10 µs."""
    deck = "* startup\nV1 in 0 1\nR1 in out 1k\nC1 out 0 10n\n.tran 0 15u 0 20n startup\n.end\n"
    (found,) = Circuit.from_text(deck).run()
    t, tau = found["time"], 10e-6
    assert found["v(out)"] == pytest.approx((t - tau * (1.0 - np.exp(-t / tau))) / RISE, abs=2e-5)
    assert Circuit.from_text(deck).tran("15u", startup=True)["v(out)"][0] == 0.0


def test_a_sine_ends_after_its_cycles():
    with pytest.warns(DeckWarning, match="sin ends after 2 cycles, as in LTspice"):
        (found,) = Circuit.from_text(
            "* sine\nV1 a 0 SINE(0.5 1 1k 0.1m 0 90 2)\nR1 a 0 1\n.tran 0 4m 0 10u\n.end\n"
        ).run()
    t = found["time"]
    during = np.clip(t - 1e-4, 0.0, 2e-3)
    assert found["v(a)"] == pytest.approx(0.5 + np.cos(2e3 * np.pi * during), abs=1e-9)


def test_parameters_without_equals_signs():
    cards = ".param a 2 b {a * 2}\n.param d max(1, 5)\n.parameter c=3\n.function f(x,y) {x*y}\n"
    (found,) = Circuit.from_text(f"* parameters\n{cards}V1 a 0 {{f(a,b)+c+d}}\nR1 a 0 1\n.op\n.end\n").run()
    assert found["v(a)"] == pytest.approx(16.0)


@pytest.mark.parametrize(("call", "low", "high"), [("mc(10,0.2)", 8.0, 12.0), ("10+flat(3)", 7.0, 13.0)])
def test_random_numbers_between_limits(call, low, high):
    """Uniform: none outside, and the mean and the deviation, (high - low)/√12, within five standard errors."""
    circuit = Circuit.from_text("* random\n.param x={" + call + "}\nV1 a 0 {x}\nR1 a 0 1\n.op\n.end\n")
    values = np.array([circuit.with_options(seed=k).op()["v(a)"] for k in range(400)]).ravel()
    width = high - low
    assert low <= values.min() < low + 0.05 * width
    assert high >= values.max() > high - 0.05 * width
    assert values.mean() == pytest.approx(0.5 * (low + high), abs=5 * width / math.sqrt(12 * 400))


def test_gauss_of_one_number_is_normal_about_zero():
    circuit = Circuit.from_text("* random\nV1 a 0 {5+gauss(2)}\nR1 a 0 1\n.op\n.end\n")
    values = np.array([circuit.with_options(seed=k).op()["v(a)"] for k in range(400)]).ravel()
    assert values.mean() == pytest.approx(5.0, abs=5 * 2.0 / math.sqrt(400))
    assert values.std() == pytest.approx(2.0, rel=5 / math.sqrt(800))


@pytest.mark.parametrize("uic", ["", " uic"])
def test_an_inductor_starts_with_a_current(uic):
    deck = "* current\nV1 a 0 0\nL1 a b 1m\nR1 b 0 1k\n.ic I(L1)=2m\n.tran 10n 3u 0 10n{uic}\n.end\n"
    (found,) = Circuit.from_text(deck.format(uic=uic)).run()
    assert found["i(l1)"] == pytest.approx(2e-3 * np.exp(-found["time"] / 1e-6), abs=2e-6)


def test_a_current_of_what_is_no_inductor_is_refused():
    with pytest.raises(NetlistError, match=r"there is no inductor 'l2' \(did you mean l1\?\)"):
        Circuit.from_text("* current\nL1 a 0 1m\nR1 a 0 1\n.ic i(l2)=1\n.tran 1u 1m\n.end\n").run()


OPAMP = """* an amplifier
.subckt opamp 1 2 3 k={aol}
G1 0 3 2 1 {aol}
R3 3 0 {k/aol}
.ends
V1 in 0 1m
"""


def test_what_a_subcircuit_names_and_does_not_declare_is_its_parameter():
    """LTspice's own opamp.sub is such; each instance has its own number."""
    deck = OPAMP + "X1 0 in a opamp aol=100\nX2 0 in b opamp aol={4*50}\n.op\n.end\n"
    (found,) = Circuit.from_text(deck).run()
    assert (found["v(a)"], found["v(b)"]) == pytest.approx((0.1, 0.2))


def test_an_instance_without_it_is_told_so():
    with pytest.raises(NetlistError, match="unknown parameter 'aol'"):
        Circuit.from_text(OPAMP + "X1 0 in a opamp aol=100\nX2 0 in b opamp\n.op\n.end\n").run()


@pytest.mark.parametrize(("behaviour", "gain"), [("", 3.0), ("lta", 100.0)])
def test_what_has_a_value_outside_keeps_it_but_in_decks_of_ltspice(behaviour, gain):
    deck = (
        OPAMP
        + f".param aol=3\nX1 0 in a opamp aol=100\n.options ngbehavior={behaviour or 'none'}\n.op\n.end\n"
    )
    with nullcontext() if behaviour else pytest.warns(DeckWarning, match="'aol' of 'x1' has no effect"):
        (found,) = Circuit.from_text(deck).run()
    assert found["v(a)"] == pytest.approx(1e-3 * gain)


def test_a_port_called_gnd_is_ground():
    half = ".subckt half a b gnd\nR1 a b 1k\nR2 b gnd 1k\n.ends\n"
    deck = "* ground\n" + half + "V1 in 0 1\nX1 in out {node} half\n.op\n.end\n"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert Circuit.from_text(deck.format(node="gnd")).op()["v(out)"] == pytest.approx(0.5)
    with pytest.warns(DeckWarning, match="and 'low' of 'x1' leads nowhere"):
        Circuit.from_text(deck.format(node="low")).run()


def test_noiseless_and_copies_of_passive_parts():
    parts = "R1 in out 1k noiseless\nR2 out 0 1k\nC1 out 0 1n x4 Rpar=1g noiseless\n"
    deck = "* words\nV1 in 0 0 ac 1\n" + parts + "{card}\n.end\n"
    (found,) = Circuit.from_text(deck.format(card=".noise v(out) v1 lin 1 1 1")).run()[:1]
    assert found["onoise_spectrum"] ** 2 == pytest.approx(4 * BOLTZMANN * 300.15 / 1e3 * 500.0**2, rel=1e-3)
    (found,) = Circuit.from_text(deck.format(card=".ac lin 1 1meg 1meg")).run()
    expected = 0.5 / (1 + 2j * math.pi * 1e6 * 500.0 * 4e-9)
    assert found["v(out)"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("option", ["maxstep=1u", "timeint delmax=1u"])
def test_an_option_limits_time_steps(option):
    (found,) = results(f".tran 2m\n.options {option}")
    assert np.diff(found["time"]).max() <= 1e-6 * (1 + 1e-9)
