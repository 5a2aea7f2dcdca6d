"""Harmonics against closed forms, and the card's faults."""

import re
from contextlib import nullcontext

import numpy as np
import pytest

import circuitnn
from circuitnn import Circuit, fourier
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.results.result import Result


def sampled(signal, periods=3, points=20001):
    t = np.linspace(0, periods * 1e-3, points)
    data = np.column_stack([t, signal(2 * np.pi * 1e3 * t)])
    return Result("t", "tran", "Transient Analysis", "time", ("time", "v(a)"), ("time", "voltage"), data)


def test_amplitudes_phases_and_distortion():
    found = fourier(
        sampled(lambda x: 0.5 + 2 * np.sin(x) + 0.6 * np.cos(2 * x) - 0.8 * np.sin(3 * x)), 1e3, "v(a)"
    )
    assert found["frequency"] == pytest.approx(1e3 * np.arange(10))
    assert found["mag(v(a))"][:4] == pytest.approx([0.5, 2.0, 0.6, 0.8], rel=1e-5)
    assert found["phase(v(a))"][1:3] == pytest.approx([0.0, 90.0], abs=1e-6)
    assert abs(found["phase(v(a))"][3]) == pytest.approx(180.0)
    assert found.measures["thd(v(a))"] == pytest.approx(50.0, rel=1e-5)


def test_only_the_last_period_counts():
    late = sampled(lambda x: np.where(x < 3.99 * np.pi, 5.0, 0.0) + np.sin(x))
    assert fourier(late, 1e3, "v(a)")["mag(v(a))"][:2] == pytest.approx([0.0, 1.0], abs=1e-5)


def test_the_card_and_expressions():
    """sin(x)³ = (3·sin(x) - sin(3x))/4: a third of the fundamental."""
    deck = "t\nv1 in 0 sin(0 1 1k)\nr1 in 0 1\nb1 out 0 v=v(in)*v(in)*v(in)\n.tran 1u 2m 0 1u\n"
    transient, spectrum = Circuit.from_text(deck + ".four 1k v(out) 2*v(in)\n.end\n").run()
    assert transient.analysis == "tran" and spectrum.analysis == "four"
    assert spectrum["mag(v(out))"][[1, 3]] == pytest.approx([0.75, 0.25], rel=1e-4)
    assert spectrum["mag(2*v(in))"][1] == pytest.approx(2.0, rel=1e-4)
    assert spectrum.measures["thd(v(out))"] == pytest.approx(100 / 3, rel=1e-4)


def test_signals_that_save_drops_are_still_analysed():
    deck = (
        "t\nv1 in 0 sin(0 1 1k)\nr1 in out 1\nr2 out 0 1\n.tran 1u 1m\n.save v(in)\n.four 1k v(out)\n.end\n"
    )
    transient, spectrum = Circuit.from_text(deck).run()
    assert "v(out)" not in transient.names
    assert spectrum["mag(v(out))"][1] == pytest.approx(0.5, rel=1e-3)


def test_faults():
    with pytest.raises(AnalysisError, match="does not hold a period of 100 Hz"):
        fourier(sampled(np.sin), 100.0, "v(a)")
    with pytest.raises(AnalysisError, match="only a transient"):
        fourier(Circuit().V("1", "a", "0", 1).R("1", "a", "0", 1).op(), 1e3, "v(a)")
    for card, message in ((".four 1k", "takes the fundamental"), (".four 0 v(a)", "makes no sense")):
        with pytest.warns(DeckWarning, match=rf"deck:3.*{message}"):
            _ = Circuit.from_text(f"t\nr1 a 0 1\n{card}\n.end\n").flat


def test_from_pyspice_takes_whatever_prints_as_a_deck():
    class Foreign:
        def __str__(self):
            return ".title divider\nv1 in 0 5\nr1 in out 1k\nr2 out 0 1k\n"

    assert circuitnn.from_pyspice(Foreign()).op()["v(out)"] == pytest.approx(2.5)


VAN_DER_POL = (
    "t\nl1 a 0 1\nc1 a 0 1\nb1 a 0 i=0.1*(v(a)*v(a)*v(a)/3-v(a))\n.ic v(a)=1\n.pss 0.16 200 a\n.save v(a)\n"
)


@pytest.mark.parametrize("ratio", [0.99, 1.01, 0.5, 1.0])
def test_an_orbit_is_continued_periodically(ratio):
    """The card's fundamental is rarely the oscillator's; the oracle continues the samples of a whole period."""
    orbit = Circuit.from_text(f"{VAN_DER_POL}.end\n").run()[0]
    asked = float(ratio * orbit.frequency)
    other = (
        pytest.warns(DeckWarning, match="no whole number of its own")
        if ratio in (0.99, 1.01)
        else nullcontext()
    )
    with other:
        found = Circuit.from_text(f"{VAN_DER_POL}.four {asked!r} v(a)\n.end\n").run()
    assert [r.analysis for r in found] == ["pss", "pss_spectrum", "four"]
    whole = np.concatenate([orbit.time[:-1] + k * orbit.cycle for k in range(3)])
    values = np.tile(orbit["v(a)"][:-1], 3)
    t = 3 * orbit.cycle - np.arange(1, 1001) / 1000 / asked
    for k in range(4):
        size = abs(np.mean(np.interp(t, whole, values) * np.exp(-2j * np.pi * k * asked * t))) * (
            2 if k else 1
        )
        assert abs(found[-1]["mag(v(a))"][k]) == pytest.approx(size, abs=2e-2 if ratio != 1.0 else 2e-3)


def test_a_card_that_fails_costs_only_itself():
    """As in ngspice: the period is longer than the run, or holds so many of the orbit's; a name is unknown."""
    cards = ".four 100 v(in)\n.four 1k v(in)\n.four 1k v(nowhere)"
    deck = f"t\nv1 in 0 sin(0 1 1k)\nr1 in 0 1\n.tran 1u 2m\n{cards}\n.end\n"
    with (
        pytest.warns(DeckWarning, match="nowhere"),
        pytest.warns(DeckWarning, match="not hold a period of 100 Hz"),
    ):
        found = Circuit.from_text(deck).run()
    assert [r.analysis for r in found] == ["tran", "four"]
    with pytest.warns(DeckWarning, match="ask for harmonics of that"):
        found = Circuit.from_text(f"{VAN_DER_POL}.four 1u v(a)\n.end\n").run()
    assert [r.analysis for r in found] == ["pss", "pss_spectrum"]


@pytest.mark.parametrize("settled", [False, True])
def test_signals_that_have_not_settled_say_by_how_much(settled):
    """exp(-t/tau) beside a sine: the difference of two periods is known."""
    tau, end = (2e-3, 3e-3) if not settled else (2e-4, 6e-3)
    deck = f"t\nb1 a 0 v={{sin(2*pi*1e3*time)+exp(-time/{tau})}}\nr1 a 0 1k\n.tran 1u {end} 0 1u\n.four 1k v(a)\n.end\n"
    notes = Circuit.from_text(deck).run()[1].statistics.notes
    if settled:
        assert notes == []
        return
    t = np.linspace(end - 1e-3, end, 1001)[:-1]
    rms = np.sqrt(np.mean((np.exp(-t / tau) * (1.0 - np.exp(1e-3 / tau))) ** 2))
    phasor = 2.0 * np.mean(np.exp(-t / tau) * np.exp(-2j * np.pi * 1e3 * t)) - 1j
    (note,) = notes
    stated = float(re.search(r"differ by (\S+) %", note)[1])
    assert stated == pytest.approx(100.0 * np.sqrt(2.0) * rms / abs(phasor), rel=0.05)
