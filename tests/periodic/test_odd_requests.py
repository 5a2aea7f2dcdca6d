"""Odd but legitimate requests for periodic orbits."""

from __future__ import annotations

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError
from circuitnn.periodic.floquet import judged
from circuitnn.results.rawfile import read

OSCILLATOR = "c{k} {k} 0 1\nl{k} {k} 0 {l}\nb{k} {k} 0 i=v({k})*v({k})*v({k})/3-v({k})\n.ic v({k})=2\n"


def oscillators(*inductances: float, more: str = "") -> Circuit:
    cards = [OSCILLATOR.format(k=name, l=value) for name, value in zip("abcd", inductances, strict=False)]
    return Circuit.from_text("van der Pol\n" + "".join(cards) + more + "\n.end\n")


@pytest.mark.parametrize("other", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("more", ["", "esum s 0 poly(2) a 0 b 0 0 1 1\nrs s t 1\nct t 0 1"])
def test_oscillators_beside_each_other_have_no_common_orbit(other, more):
    if more:
        more = more.replace("ct t 0 1", "rt t 0 1")  # a sum that both are read by, without influence
    with pytest.raises(AnalysisError, match=r"v\(a\) and v\(b\) oscillate in parts .* do not influence"):
        oscillators(1.0, other, more=more).pss(tstab=100, uic=True)


def test_oscillators_that_share_a_supply_with_a_resistance_lock():
    shared = oscillators(1.0, 1.02, more="gab 0 b a b 0.3\ngba 0 a b a 0.3")
    assert shared.pss(tstab=300, uic=True).stable


def test_a_supply_of_no_resistance_couples_nothing():
    deck = "two\nv1 v 0 5\n" + "".join(
        f"r{k} v {k} 10k\nc{k} {k} 0 {c}n\ns{k} {k} 0 {k} 0 m\n" for k, c in (("a", 10), ("b", 13))
    )
    with pytest.raises(AnalysisError, match="do not influence"):
        Circuit.from_text(deck + ".model m sw vt=2.5 vh=1 ron=100 roff=10meg\n.end\n").pss(
            tstab="3m", uic=True
        )


def test_nodes_that_still_settle_hide_no_oscillator_beside_another():
    deck = "two\nv1 v 0 5\n.model m sw vt=2.5 vh=0.3 ron=100 roff=10meg\n" + "".join(
        f"r{k} v {k} 10k\nc{k} {k} 0 {c}n\ns{k} {k} 0 {k} 0 m\n"
        f"rs{k} v s{k} 1meg\ncs{k} s{k} 0 3n\nrt{k} s{k} {k} 10meg\n"
        for k, c in (("a", 10), ("b", 13))
    )
    with pytest.raises(AnalysisError, match=r"v\(a\) and v\(b\) oscillate in parts .* do not influence"):
        Circuit.from_text(deck + ".end\n").pss(tstab="3m", uic=True)


def test_devices_with_inner_states_beside_each_other():
    deck = "two\nv1 v 0 14\n" + "".join(
        f"n{k} v {k} vo2\nr{k} {k} 0 47k\nc{k} {k} 0 {c}p ic=0\n" for k, c in (("a", 300), ("b", 400))
    )
    circuit = Circuit.from_text(deck + ".model vo2 vo2_switch(set=bench)\n.end\n")
    with pytest.raises(AnalysisError, match="do not influence"):
        circuit.pss(tstab="20u", uic=True)
    circuit.add("rab a b 10k")
    assert circuit.pss(tstab="40u", uic=True).stable


RELAXATION = """relaxation
v1 v 0 5
ra v a 10k
ca a 0 10n
sa a 0 a 0 m
.model m sw vt=2.5 vh=1 ron=100 roff=10meg
"""


def relaxation_period() -> float:
    """Of `RELAXATION`: from 1.5 V to 3.5 V and back, by exponentials."""
    moments = []
    for resistance, start, end in ((10e6, 1.5, 3.5), (100.0, 3.5, 1.5)):
        parallel = 1.0 / (1e-4 + 1.0 / resistance)
        final = 5e-4 * parallel
        moments.append(parallel * 10e-9 * np.log((start - final) / (end - final)))
    return float(sum(moments))


def test_a_switch_that_an_oscillator_controls_belongs_to_it():
    deck = RELAXATION + "rb v b 20k\ncb b 0 1n\nsb b 0 a 0 m\n.end\n"
    cycle = Circuit.from_text(deck).pss(tstab="2m", uic=True)
    assert 1.0 / cycle.frequency == pytest.approx(relaxation_period(), rel=1e-9)
    assert np.ptp(cycle.array("v(b)")) > 2.0


def test_what_still_settles_shows_no_period_but_others_do():
    deck = RELAXATION + "rs v s 1meg\ncs s 0 1u\nrsa s a 10meg\n.end\n"
    cycle = Circuit.from_text(deck).pss(tstab="5m", uic=True, node="a")
    found = Circuit.from_text(deck).pss(tstab="5m", uic=True)
    assert found.frequency == pytest.approx(cycle.frequency, rel=1e-9)
    assert 1.0 / found.frequency == pytest.approx(relaxation_period(), rel=1e-2)  # rsa hardly matters
    assert np.ptp(found.array("v(s)")) < 1e-3 * np.ptp(found.array("v(a)"))


@pytest.mark.parametrize("method", ["shooting", "hb"])
def test_a_driven_circuit_without_charges_follows_its_source(method):
    circuit = Circuit.from_text("divider\nv1 a 0 sin(0 2 1k)\nr1 a b 1k\nr2 b 0 1k\n.end\n")
    cycle = circuit.pss(frequency=1e3, method=method)
    assert cycle.amplitude("v(b)") == pytest.approx(1.0, rel=1e-3)
    assert abs(cycle.spectrum.array("v(b)")[1]) == pytest.approx(1.0, rel=1e-9)


def test_all_of_the_one_period_counts(tmp_path):
    """The first half of a transient does not, and a periodic result has one rise."""
    deck = "pulses\nv1 a 0 pulse(0 3 0 1u 1u 0.2m 1m)\nr1 a b 1k\nc1 b 0 10n\n.end\n"
    cycle = Circuit.from_text(deck).pss(frequency=1e3)
    path = tmp_path / "cycle.raw"
    cycle.save(path)
    for result in (cycle, read(path)[0]):
        assert result.amplitude("v(a)") == pytest.approx(1.5)
        assert result.period("v(b)") == pytest.approx(1e-3, rel=1e-9)
        assert result.duty("v(a)") == pytest.approx(0.201, rel=1e-6)
        assert np.ptp(result.phase("v(a)")) == pytest.approx(2.0 * np.pi)


DRIVEN = """driven
.param f=0.16 a=1
c1 x 0 1
l1 x 0 1
b1 x 0 i=v(x)*v(x)*v(x)/3-v(x)
i1 0 x sin(0 {a} {f})
.ic v(x)=2
.end
"""


def test_the_frequency_of_a_source_is_not_followed():
    """Cycles of the first frequency were found at others."""
    with pytest.raises(AnalysisError, match=r"at f = 0\.17 the sources do not repeat with 0\.16 Hz"):
        Circuit.from_text(DRIVEN).cycles("f", 0.16, 0.18, 100, frequency=0.16, uic=True)


def test_a_source_that_follows_its_waveform_has_no_dc_value_to_follow():
    with pytest.raises(AnalysisError, match="i1 follows its waveform"):
        Circuit.from_text(DRIVEN).cycles("i1", 1, 0.3, 100, frequency=0.16, uic=True)
    found = Circuit.from_text(DRIVEN).cycles("a", 1, 0.9, 100, frequency=0.16, uic=True, points=5)
    assert np.ptp(found.array("max(v(x))")) > 1e-3


def test_without_charges_nothing_deviates():
    with pytest.raises(AnalysisError, match="nothing in the circuit stores charge"):
        Circuit.from_text("x\nv1 a 0 1\nr1 a 0 1\n.end\n").lyapunov(1, 1)


VAN_DER_POL = "c1 x 0 1\nl1 x 0 1\nb1 x 0 i=v(x)*v(x)*v(x)/3-v(x)\n.ic v(x)=2 {more}\n"


def test_the_charge_of_an_island_stays_what_it_was():
    """Capacitances hold an island, whose charge is a second multiplier of 1: Newton's method changed it at random."""
    island = "cc x y 1\nl2 y z 0.3\nr2 z w 0.1\nc2 w 0 2\n"
    circuit = Circuit.from_text(
        "island\n" + VAN_DER_POL.format(more="v(y)=0.5 v(w)=0.25") + island + ".end\n"
    )
    cycle = circuit.pss(tstab=100, uic=True)
    held = Circuit.from_text("held\n" + VAN_DER_POL.format(more="") + island + "rw w 0 1g\n.end\n")
    assert cycle.cycle == pytest.approx(held.pss(tstab=100, uic=True).cycle, rel=1e-7)
    charge = 1.0 * (cycle["v(y)"] - cycle["v(x)"]) + 2.0 * cycle["v(w)"]
    np.testing.assert_allclose(charge, 0.5 - 2.0 + 0.5, atol=1e-3)  # the transient before moves it a little
    assert cycle.words.startswith("neutral")


def test_conservative_circuits_have_orbits_near_that_of_their_energy():
    """The steps of the search lose a little energy, so that an orbit is exact, but not which one is found."""
    lossless = Circuit.from_text("tank\nl1 x 0 1\nc1 x 0 1\n.ic v(x)=1\n.end\n").pss(
        tstab=60, uic=True, reltol=1e-6
    )
    assert lossless.cycle == pytest.approx(2.0 * np.pi, rel=1e-8)
    assert lossless.amplitude("v(x)") == pytest.approx(1.0, rel=1e-2)
    prey = (
        "x\nbx x 0 i=v(x)*v(y)-v(x)\ncx x 0 1\nby y 0 i=v(y)-v(x)*v(y)\ncy y 0 1\n.ic v(x)=2 v(y)=1\n.end\n"
    )
    cycle = Circuit.from_text(prey).pss(tstab=60, uic=True, reltol=1e-6)
    energy = cycle["v(x)"] - np.log(cycle["v(x)"]) + cycle["v(y)"] - np.log(cycle["v(y)"])
    assert np.ptp(energy) < 1e-6 and energy[0] == pytest.approx(3.0 - np.log(2.0), rel=1e-2)
    assert cycle.words.startswith("neutral")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1.00004, 0.99996, 0.3], "neutral"),  # 1 twice, as rounding leaves it
        ([1.00004, 1.0, 0.3], "unstable"),
        ([1.0, 0.99996, 0.3], "stable"),
        ([1.00004, 0.99996, -1.1], "unstable"),
    ],
)
def test_the_multiplier_of_a_shift_shows_how_exact_the_others_are(values, words):
    assert judged(np.array(values, dtype=complex), True)[1].startswith(words)


@pytest.mark.parametrize("rings", [50, 2000])
def test_multipliers_of_modes_that_the_orbit_does_not_show(rings):
    """A tank at rest beside a driven circuit: fast for the steps that the orbit needs, or too fast for any."""
    inductance = 1.0 / (1e-8 * (2.0 * np.pi * rings * 1e3) ** 2)
    deck = f"tank\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 100n\nl2 t 0 {inductance!r}\nc2 t 0 10n\nr2 t 0 100k\n.end\n"
    cycle = Circuit.from_text(deck).pss(frequency=1e3)
    off = np.abs(np.abs(cycle.multipliers[:2]) - np.exp(-1e-3 / (2.0 * 100e3 * 10e-9))).max()
    said = [note for note in cycle.statistics.notes if "multipliers" in note]
    assert (off < 1e-5 and not said) if rings == 50 else (off > 1e-2 and said)
