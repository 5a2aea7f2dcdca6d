"""``.probe``: currents, differences of voltages and powers as columns of results."""

import subprocess

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning
from circuitnn.results import rawfile
from validation.ngspice import available

DECK = """divider and transistor
v1 a 0 dc 2 ac 1
r1 a b 1k
r2 b 0 3k
c1 b 0 1n
q1 a b e qm
re e 0 1k
x1 a sub
.subckt sub p
r1 p 0 1k
.ends
.model qm npn(bf=50)
{card}
{analysis}
.options reltol=1e-9 abstol=1e-15 vntol=1e-12
.end
"""


def run(card, analysis=".op"):
    return Circuit.from_text(DECK.format(card=card, analysis=analysis)).run()[0]


def test_currents_of_all_elements_obey_kirchhoff():
    found = run(".probe alli")
    assert found["i(r1)"] == pytest.approx(float((found["v(a)"] - found["v(b)"]) / 1e3), rel=1e-12)
    into = sum(found[f"i(q1:{end})"] for end in "cbes")
    assert into == pytest.approx(0.0, abs=1e-15)
    assert found["i(re)"] == pytest.approx(float(-found["i(q1:e)"]), rel=1e-9)
    assert found["i(v1)"] == pytest.approx(float(-found["i(r1)"] - found["i(q1:c)"] - 2e-3), rel=1e-9)
    assert found["i(x1:p)"] == pytest.approx(2e-3, rel=1e-9)
    assert not [name for name in found.names if "#" in name]


def test_a_card_alone_asks_for_all_currents():
    assert run(".probe").names == run(".probe alli").names


def test_currents_of_charges_count_in_transients_and_phasors():
    found = run(".probe i(r1) i(r2) i(c1) i(q1,2)", ".tran 1u 10u")
    left = found["i(r1)"] - found["i(r2)"] - found["i(c1)"] - found["i(q1:b)"]
    assert np.abs(left).max() < 1e-9 * np.abs(found["i(r1)"]).max()
    with pytest.warns(DeckWarning, match=r"ac: no i\(q1:b\) of '.probe': .*not available from phasors"):
        found = run(".probe i(r1) i(c1) i(q1,2)", ".ac lin 3 1k 1meg")
    assert found["i(c1)"] == pytest.approx(2j * np.pi * np.real(found["frequency"]) * 1e-9 * found["v(b)"])


@pytest.mark.thinned(3)
@pytest.mark.parametrize("level", [1, 3, 8, 14])
@pytest.mark.parametrize("resistance", ["", "rsh=100"])
def test_currents_into_transistors_are_those_of_sources_there(level, resistance):
    deck = f"""t
vd d 0 1
vg g 0 pulse(0 1.5 1n 2n 2n 5n)
vs s 0 0
vb b 0 -0.3
m1 d g s b mm l=1u w=10u nrd=1 nrs=1 ad=1p as=1p pd=4u ps=4u
.model mm nmos(level={level} {"toxe" if level == 14 else "tox"}=10n cgso=1n {resistance})
.probe alli
.tran 0.05n 10n
.options reltol=1e-6
.end
"""
    found = Circuit.from_text(deck).run()[0]
    for end in "dgsb":
        apart = np.abs(found[f"i(m1:{end})"] + found[f"i(v{end})"]) / np.abs(found[f"i(v{end})"]).max()
        # slopes of charges are less exact at corners: of the pulse, of Meyer's capacitances
        assert np.quantile(apart, 0.9) < 5e-3, end
        assert np.median(apart) < 1e-4, end


def test_differences_powers_and_what_save_leaves():
    found = run(".probe vd(r1) vd(q1:c:e) vd(r2:1:2) p(r1) v(e)\n.save v(a)")
    assert found.names == ("v(a)", "v(e)", "v(vd_r1)", "v(vd_q1:c:e)", "v(vd_r2:1:2)", "r1:power")
    assert found.types[-2:] == ("voltage", "power")
    assert found["v(vd_q1:c:e)"] == pytest.approx(float(found["v(a)"] - found["v(e)"]))
    assert found["r1:power"] == pytest.approx(float(found["v(vd_r1)"]) ** 2 / 1e3)


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("i(r9)", r"no element 'r9' at the top level \(did you mean r"),
        ("i(x1:z)", r"x1 has no port 'z', but i\(x1:p\)"),
        ("i(x2)", "no element 'x2' at the top level"),
        ("i(q1:z)", "bipolar transistor has no terminal 'z', but 1 to 4 and c, b, e, s"),
        ("vx(r1)", "it takes alli"),
    ],
)
def test_what_there_is_not_is_a_warning(word, why):
    with pytest.warns(DeckWarning, match=f"deck:13: .*has no effect: .*{why}"):
        found = run(f".probe i(r1) {word}")
    assert "i(r1)" in found.names


PINS = """pins of instances
v1 in 0 dc 1 ac 1 sin(1 1 10k)
x1 in out 0 stage
x2 out in in stage
r1 out 0 1k
s1 in 0 out 0 sm
.model sm sw(vt=0.5 ron=1k)
.subckt stage a b c
r1 a b 1k
c1 b c 10n
x9 a c inner
.ends
.subckt inner p q
r1 p q 2k
.ends
.probe {words}
.{analysis}
.options reltol=1e-9 abstol=1e-15 vntol=1e-12
.end
"""


@pytest.mark.parametrize("analysis", ["op", "ac lin 3 1k 100k", "tran 1u 200u", "dc v1 0 2 0.5"])
def test_currents_into_pins_of_instances(analysis):
    """Kirchhoff's law at each net and for each instance, also where two pins are on one net."""
    found = Circuit.from_text(PINS.format(words="alli", analysis=analysis)).run()[0]
    scale = np.abs(found["i(v1)"]).max()
    for name in ("x1", "x2"):
        into = sum(found[f"i({name}:{port})"] for port in "abc")
        assert np.abs(into).max() < 1e-9 * scale
    at_out = found["i(x1:b)"] + found["i(x2:a)"] + found["v(out)"] / 1e3
    assert np.abs(at_out).max() < 1e-9 * scale
    through = (found["v(out)"] - found["v(in)"]) * (1 / 1e3 + 1 / 2e3)
    closed = True if "ac" in analysis else found["v(out)"] > 0.5  # phasors: at the operating point
    apart = np.abs(found["i(s1)"] - found["v(in)"] / np.where(closed, 1e3, 1e12))
    assert np.median(apart) < 1e-9  # a point of a flip has both states
    if analysis[:2] in ("op", "dc"):
        assert found["i(x2:a)"] == pytest.approx(through, rel=1e-9)
    assert not [name for name in found.names if "#" in name]


@pytest.mark.parametrize(
    ("words", "kept"),
    [("i(x1)", {"i(x1:a)", "i(x1:b)", "i(x1:c)"}), ("i(x2,1) i(x2:c)", {"i(x2:a)", "i(x2:c)"})],
)
def test_pins_by_name_and_number(words, kept):
    found = Circuit.from_text(PINS.format(words=words, analysis="op\n.save v(out)")).run()[0]
    assert set(found.names) == {"v(out)", *kept}


def test_pins_measured_as_in_ngspice(tmp_path):
    if not available():
        pytest.skip("ngspice is not installed")
    (tmp_path / "deck.cir").write_text(PINS.format(words="alli", analysis="op"))
    subprocess.run(
        ["ngspice", "-b", "-r", "n.raw", "deck.cir"], cwd=tmp_path, check=True, capture_output=True
    )
    ours, theirs = (
        Circuit.from_text((tmp_path / "deck.cir").read_text()).run()[0],
        rawfile.read(tmp_path / "n.raw")[0],
    )
    assert set(theirs.names) <= set(ours.names)
    for name in theirs.names:
        if name != "i(s1)":  # ngspice's switches give 1e-15 of what flows
            assert ours[name] == pytest.approx(theirs[name], rel=1e-9, abs=1e-15), name
