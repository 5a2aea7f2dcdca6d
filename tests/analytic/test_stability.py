"""Operating points that a circuit leaves by itself are said to be: by the sign of a determinant, never wrongly."""

import numpy as np
import pytest

from circuitnn import Circuit

LATCH = """cross-coupled inverters
vdd vdd 0 3
m1 a b 0 0 n w=2u l=1u
m2 a b vdd vdd p w=4u l=1u
m3 b a 0 0 n w=2u l=1u
m4 b a vdd vdd p w=4u l=1u
c1 a 0 10f
c2 b 0 10f
.model n nmos(level=1 vto=.7 kp=1e-4)
.model p pmos(level=1 vto=-.7 kp=5e-5)
"""
FLIP_FLOP = """two transistors
v1 cc 0 5
r1 cc c1 1k
r2 cc c2 1k
r3 c2 b1 10k
r4 c1 b2 10k
q1 c1 b1 0 q
q2 c2 b2 0 q
.model q npn(is=1e-16 bf=100 cje=1p cjc=1p)
"""
# v(a) = v(b) = 0, where each source of 2·tanh holds the other: C·dv/dt = -v/R + 2·tanh(v)/R grows with 1/(R·C)
PAIR = """two sources that steer each other
b1 0 a i=2m*tanh(v(b))
b2 0 b i={sign}2m*tanh(v(a))
r1 a 0 1k
r2 b 0 1k
c1 a 0 1n
c2 b 0 1n
"""


def notes(circuit, analysis="op"):
    result = circuit.op() if analysis == "op" else circuit.tran(1e-9)
    return [note for note in result.statistics.notes if "unstable" in note]


@pytest.mark.parametrize("text", [LATCH, FLIP_FLOP])
@pytest.mark.parametrize("analysis", ["op", "tran"])
def test_metastable_points_are_told(text, analysis):
    (note,) = notes(Circuit.from_text(text), analysis)
    assert "try .nodeset" in note


SCHMITT = """amplifier with positive feedback
vin in 0 0
r1 out p 10k
r2 p in 10k
b1 o 0 v=5*tanh(1e5*v(p))
ro o out 100
co out 0 10p
cp p 0 1p
"""


@pytest.mark.long
@pytest.mark.parametrize(
    ("text", "node", "stable"),
    [(LATCH, "v(a)", (0.0, 3.0)), (FLIP_FLOP, "v(c1)", (0.0736, 4.62)), (SCHMITT, "v(o)", (-5.0, 5.0))],
)
@pytest.mark.parametrize("options", [{}, {"itl1": 1000, "reltol": 1e-7}, {"gmin": 1e-14}])
def test_a_stable_point_is_preferred(text, node, stable, options):
    """Whatever the tolerances are: no analysis starts where nothing stays."""
    circuit = Circuit.from_text(text + "vac x 0 ac 1\nrx x 0 1\n")
    found = float(circuit.op(**options)[node])
    assert min(abs(found - v) for v in stable) < 0.01
    assert float(circuit.tran(1e-9, **options)[node][0]) == pytest.approx(found, abs=1e-3)
    solved = circuit.solutions(16, **options)
    rows = [k for k in range(len(solved.data)) if abs(solved[node][k] - found) < 1e-3]
    assert rows and not any(solved["growing"][k] for k in rows)


def test_a_point_that_was_asked_for_stays_and_is_told():
    r = Circuit.from_text(LATCH + ".nodeset v(a)=1.5 v(b)=1.5\n").op()
    assert float(r["v(a)"]) == pytest.approx(1.5, abs=0.1)
    assert any("the operating point is unstable" in note for note in r.statistics.notes)


def test_the_stable_points_are_not():
    assert not notes(Circuit.from_text(LATCH + ".nodeset v(a)=3\n"))
    assert not notes(Circuit.from_text(FLIP_FLOP + ".nodeset v(c1)=5 v(c2)=0\n"))
    held = Circuit.from_text(LATCH + ".ic v(a)=3\n").tran(1e-9)
    assert not any("unstable" in note for note in held.statistics.notes)


def test_how_fast():
    """By a factor e in RC/(2 - 1); with one sign turned it oscillates instead, and with a gain below 1 it rests."""
    (note,) = notes(Circuit.from_text(PAIR.format(sign="")))
    assert "a factor e in 1e-06 s" in note
    assert not notes(Circuit.from_text(PAIR.format(sign="-")))
    assert not notes(Circuit.from_text(PAIR.format(sign="").replace("2m", "0.9m")))


def test_the_note_is_right():
    """A hair off the point, the latch goes away from it at the rate that the note says."""
    text = LATCH + ".nodeset v(a)=1.5 v(b)=1.5\n"  # else the point would be left for a stable one
    (note,) = notes(Circuit.from_text(text))
    seconds = float(note.split("factor e in ")[1].split()[0])
    r = Circuit.from_text(text + "i1 0 a pulse(0 1n 0 1p 1p 1p)\n.options reltol=1e-6\n").tran(
        12 * seconds, 0.02 * seconds
    )
    away = np.abs(r["v(a)"] - r["v(b)"])
    late = (away > 1e-4) & (away < 1e-2)
    rate = np.polyfit(r.time[late], np.log(away[late]), 1)[0]
    assert rate == pytest.approx(1 / seconds, rel=2e-2)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_flux_beyond_all_numbers_tells_nothing():
    r = Circuit.from_text(f"{LATCH}l1 0 c 1e308\nrc c 0 1meg\n.end\n").op()
    assert r["v(a)"] == pytest.approx(r["v(b)"])
    assert not any("unstable" in note for note in r.statistics.notes)
