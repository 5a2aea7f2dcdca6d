"""Latches at rest between their two states are told, and left, whatever their number; rates in closed form.

Two of them do not change the sign of a determinant. At 1.5 V each inverter here amplifies with 2·160 uS, less what
conducts, so that a latch leaves with (320 uS - g)/C.
"""

import numpy as np
import pytest

from circuitnn import Circuit

GAIN, C = 3.2e-4, 1e-14
MODELS = ".model n nmos(level=1 vto=.7 kp=1e-4 {0})\n.model p pmos(level=1 vto=-.7 kp=5e-5 {0})\n"


def latches(count, coupled=0.0, capacitance=C, supply="vdd", more=""):
    cards = ["latches", "vdd vdd 0 3", f"rs vdd {supply} 1" if supply != "vdd" else ""]
    for k in range(count):
        for here, there in ((f"a{k}", f"b{k}"), (f"b{k}", f"a{k}")):
            cards += [
                f"mn{here} {here} {there} 0 0 n w=2u l=1u",
                f"mp{here} {here} {there} {supply} {supply} p w=4u l=1u",
            ]
            cards += [f"c{here} {here} 0 {capacitance!r}"] * bool(capacitance)
        if coupled:
            cards.append(f"r{k} a{k} a{(k + 1) % count} {coupled!r}")
    return "\n".join([*cards, more, MODELS.format("")])


def at_rest(count):
    return ".nodeset " + " ".join(f"v({side}{k})=1.5" for k in range(count) for side in "ab")


def states(result, count):
    return np.array([float(np.ravel(result[f"v(a{k})"])[-1]) for k in range(count)])


@pytest.mark.parametrize("count", [1, 2, 3, 4, 30])
@pytest.mark.parametrize("analysis", ["op", "tran"])
def test_metastable_latches_are_told_with_the_rate(count, analysis):
    circuit = Circuit.from_text(latches(count, more=at_rest(count)))
    result = circuit.op() if analysis == "op" else circuit.tran(1e-12)
    (note,) = [note for note in result.statistics.notes if "unstable" in note]
    assert float(note.split("factor e in ")[1].split()[0]) == pytest.approx(C / GAIN, rel=5e-3)
    assert ("several ways" in note) == (count > 1) or count == 3  # three change the sign, as one does


@pytest.mark.parametrize("count", [2, 4, 30])
@pytest.mark.parametrize("coupled", [0.0, 1e6])
@pytest.mark.parametrize("capacitance", [C, 0.0])
@pytest.mark.parametrize("supply", ["vdd", "s"])
def test_they_are_left_for_states_that_last(count, coupled, capacitance, supply):
    text = latches(count, coupled, capacitance, supply)
    result = Circuit.from_text(text).op()
    assert sum("was left for a stable one" in note for note in result.statistics.notes) == 1
    found = states(result, count)
    assert np.all((found < 0.3) | (found > 2.7))


def test_a_memory_of_hundreds_of_cells_is_left_and_stays():
    count = 200
    circuit = Circuit.from_text(latches(count))
    found = states(circuit.op(), count)
    assert np.all((found < 0.1) | (found > 2.9)) and 0 < np.sum(found > 2.9) < count
    settled = states(circuit.tran(2e-10), count)
    assert settled == pytest.approx(found, abs=1e-2)


@pytest.mark.parametrize("count", [2, 30])
def test_decided_latches_are_not_told(count):
    chosen = ".nodeset " + " ".join(f"v(a{k})={3 * (k % 2)} v(b{k})={3 - 3 * (k % 2)}" for k in range(count))
    result = Circuit.from_text(latches(count, more=chosen)).op()
    assert not [note for note in result.statistics.notes if "unstable" in note]
    assert states(result, count) == pytest.approx([3 * (k % 2) for k in range(count)], abs=0.01)


def test_gates_that_only_follow_are_not_told():
    """A chain of inverters half-way between its states amplifies without a loop."""
    cards = ["chain", "vdd vdd 0 3", "vin s0 0 1.5"]
    for k in range(80):
        cards += [f"mn{k} s{k + 1} s{k} 0 0 n w=2u l=1u", f"mp{k} s{k + 1} s{k} vdd vdd p w=4u l=1u"]
        cards += [f"c{k} s{k + 1} 0 10f", f"r{k} s{k + 1} s{k} 1meg" if k % 2 else ""]
    result = Circuit.from_text("\n".join([*cards, MODELS.format("lambda=0.02")])).op()
    assert not [note for note in result.statistics.notes if "unstable" in note]


def rings(count, stages=3, conductance=0.0):
    """Rings of inverters like those of the latches, half-way between their states."""
    cards = ["rings", "vdd vdd 0 3"]
    for ring in range(count):
        for k in range(stages):
            here, there = f"n{ring}_{k}", f"n{ring}_{(k + 1) % stages}"
            cards += [
                f"mn{there} {there} {here} 0 0 n w=2u l=1u",
                f"mp{there} {there} {here} vdd vdd p w=4u l=1u",
            ]
            cards += [f"c{there} {there} 0 {C!r}"]
            cards += [f"r{there} {there} m {1.0 / conductance!r}"] if conductance else []
    return "\n".join([*cards, "vm m 0 1.5" if conductance else "", MODELS.format("")])


@pytest.mark.parametrize("count", [1, 2, 30])
@pytest.mark.parametrize("conductance", [0.0, 1e-4])
@pytest.mark.parametrize("analysis", ["op", "tran"])
def test_oscillators_at_rest_are_told_with_rate_and_period(count, conductance, analysis):
    """Modes of a ring of three: s = (-g - gm·exp(±2πi/3))/C."""
    circuit = Circuit.from_text(rings(count, conductance=conductance))
    result = circuit.op() if analysis == "op" else circuit.tran(1e-13)
    (note,) = [note for note in result.statistics.notes if "unstable" in note]
    s = (-conductance - GAIN * np.exp(-2j * np.pi / 3.0)) / C
    assert float(note.split("period of ")[1].split()[0]) == pytest.approx(2.0 * np.pi / s.imag, rel=5e-3)
    assert float(note.split("factor e in ")[1].split()[0]) == pytest.approx(1.0 / s.real, rel=5e-3)
    assert np.ravel(result["v(n0_0)"])[0] == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize("count", [1, 30])
def test_rings_that_lose_more_than_they_gain_are_not_told(count):
    """From g = gm/2 on."""
    for part, told in ((0.49, True), (0.51, False)):
        result = Circuit.from_text(rings(count, conductance=part * GAIN)).op()
        assert any("unstable" in note for note in result.statistics.notes) == told


def test_a_tank_without_losses_beside_an_amplifier_is_not_told():
    deck = "tank\nl1 a 0 1u\nc1 a 0 1n\nvdd vdd 0 3\nrd vdd d 1k\nm1 d a 0 0 n w=2u l=1u\n" + MODELS.format(
        ""
    )
    assert not [note for note in Circuit.from_text(deck).op().statistics.notes if "unstable" in note]


@pytest.mark.parametrize("g", [1e-3, 1e-2, 0.05])
def test_a_tank_with_negative_resistance_oscillates(g):
    """C·s² - g·s + 1/L = 0."""
    deck = f"vdp\nl1 a 0 1u\nc1 a 0 1n\nb1 a 0 i=-{g!r}*v(a)+v(a)**3\n"
    (note,) = [note for note in Circuit.from_text(deck).op().statistics.notes if "unstable" in note]
    s = (g + np.sqrt(complex(g * g - 4e-9 / 1e-6))) / 2e-9
    assert float(note.split("factor e in ")[1].split()[0]) == pytest.approx(1.0 / s.real, rel=5e-3)
    assert float(note.split("period of ")[1].split()[0]) == pytest.approx(2.0 * np.pi / s.imag, rel=5e-3)
