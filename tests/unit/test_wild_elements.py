"""Element cards that others write: read as ngspice reads them, and nothing is without effect silently."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit, load
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError


def op(*cards):
    return Circuit.from_text("\n".join(["title", *cards, ""])).op()


@pytest.mark.parametrize(
    ("loose", "exact"),
    [
        ("r1 a 0 1k m 2", "r1 a 0 1k m=2"),
        ("r1 a 0 1k tc=1m m 2", "r1 a 0 1k tc=1m m=2"),
        ("r1 a 0 1k tc1 1m temp 50", "r1 a 0 1k tc1=1m temp=50"),
        ("r1 a 0 r 2k", "r1 a 0 2k"),
        ("r1 a 0 1k m {1+1}", "r1 a 0 1k m=2"),
        ("t1 a 0 b 0 z0 50 td 1n\nr1 b 0 1k", "t1 a 0 b 0 z0=50 td=1n\nr1 b 0 1k"),
        ("j1 a 0 0 jm area 2\n.model jm njf(vto=-2)", "j1 a 0 0 jm area=2\n.model jm njf(vto=-2)"),
        ("e1 b 0 vcvs a 0 2\ng1 0 a vccs b 0 1m", "e1 b 0 a 0 2\ng1 0 a b 0 1m"),
        ("m1 a a 0 0 mm\n.model mm nmos(level=9 kappa=1)", "m1 a a 0 0 mm\n.model mm nmos(level=3 kappa=1)"),
        ("f1 b 0 cccs v1 2\nr1 b 0 1k\nh1 c 0 ccvs v1 1k", "f1 b 0 v1 2\nr1 b 0 1k\nh1 c 0 v1 1k"),
    ],
)
def test_names_and_numbers_without_an_equals_sign(loose, exact):
    one, other = (op("v1 a 0 1", cards) for cards in (loose, exact))
    assert one.names == other.names
    np.testing.assert_array_equal(one.data, other.data)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("v2 b 0 5 z0 50", "'z0' of 'v2' has no effect without 'portnum'"),
        ("v2 b 0 5 portnum 1 z0 50 phase 30", "'phase' of 'v2' has no effect"),
        ("v2 b 0 pwl(0 0 1 1) 5", "the last of its 5 numbers is not read"),
        ("x1 a s rr=1 q=2\n.subckt s p rr=1k\nr1 p 0 {rr}\n.ends", r"'q' of 'x1' .* no such parameter"),
        ("r1 a 0 r='1k*(1+v(a))' noisy=0", "'noisy' of 'r1' has no effect: its value is an expression"),
        ("c1 a 0 c='1n*(1+v(a))' ic=1", "'ic' of 'c1' has no effect: its value is an expression"),
        ("l1 a b 1m nt=3\nr1 b 0 1", "'nt' of 'l1' has no effect"),
        ("v2 b 0 dc sin(1 1 1k)", "'dc' of 'v2' has no value: it is 0, as in ngspice"),
        ("v2 b 0 ac 1 dc", "'dc' of 'v2' has no value: it is 0, as in ngspice"),
    ],
)
def test_without_effect_and_said(card, message):
    with pytest.warns(DeckWarning, match=message):
        op("v1 a 0 1", card)


def test_dc_twice_is_dc_once():
    """InSpice writes it."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert op("v1 a 0 DC dc 5", "r1 a 0 1k")["v(a)"] == 5.0
    with pytest.warns(DeckWarning, match="'dc' of 'v1' has no value"):
        assert op("v1 a 0 dc sin(1 1 1k)", "r1 a 0 1k")["v(a)"] == 0.0


def test_zero_ohm_is_small_and_not_nothing():
    with pytest.warns(DeckWarning, match="'r1': 0 Ohm counts as 1e-06; an exact short is a voltage source"):
        found = op("v1 a 0 5", "r1 a b 0", "r2 b 0 1k")
    assert found["i(v1)"] == pytest.approx(-5e-3, rel=1e-6)
    assert found["@r1[i]"] == pytest.approx(5e-3, rel=1e-6)
    circuit = Circuit.from_text("t\nv1 a 0 5\nr1 a b 1k\nr2 b 0 1k\n")
    with pytest.warns(DeckWarning, match="r1: 0 Ohm counts as 1e-06"):
        changed = circuit.altered({("r1", ""): 0.0}).op()
    assert changed["i(v1)"] == pytest.approx(-5e-3, rel=1e-6)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("v2 b 0 dc 5 ac 1 portnum 1.5 z0 50", "a port has a number of 1, 2, 3 … and z0 above 0 Ohm"),
        ("v2 b 0 dc 5 ac 1 portnum 1 z0 0", "a port has a number of 1, 2, 3 … and z0 above 0 Ohm"),
        ("v2 b 0 sin(0 1 1k) portnum 1 pwr 1m", "'v2' has two waveforms"),
        ("v2 b 0 portnum", "'portnum' needs a value"),
        ("i2 b 0 portnum 1", "only a voltage source is a port"),
        ("r2 a 0 1k 2k 3k", "an unexpected word: '3k'"),
        ("r2 a 0 1k ic=3", "'r2' has no parameter 'ic'"),
        ("r2 a 0 1k m two", "an unexpected word: 'm'"),
    ],
)
def test_still_refused(card, message):
    with pytest.raises(NetlistError, match=message):
        op("v1 a 0 1", card)


def test_an_analysis_that_a_library_left_behind_does_not_cost_the_others(tmp_path):
    (tmp_path / "left.lib").write_text("* library\n.model dm d\n.dc 0 0 10 0.5\n")
    deck = tmp_path / "deck.cir"
    deck.write_text("t\n.include left.lib\nv1 a 0 1\nr1 a b 1k\nd1 b 0 dm\n.op\n.end\n")
    with pytest.warns(
        DeckWarning, match=r"left\.lib:3: this '\.dc' is not run: no source, resistor or parameter '0'"
    ):
        assert [result.analysis for result in load(deck).run()] == ["op"]


def test_couplings_beyond_1_act_where_no_time_passes():
    deck = "coils\nv1 a 0 ac 1 sin(0 1 1k)\nr1 a b 10\nl1 b 0 1m\nl2 c 0 1m\nr2 c 0 100\nk1 l1 l2 1.1\n"
    circuit = Circuit.from_text(deck)
    with pytest.warns(DeckWarning, match="a coupling coefficient of 1.1 is not between -1 and 1"):
        found = circuit.ac(1e3, 1e3, 1)["v(c)"]
    s = 2j * np.pi * 1e3
    inductances = s * np.array([[1e-3, 1.1e-3], [1.1e-3, 1e-3]]) + np.diag([10.0, 100.0])
    np.testing.assert_allclose(found, -100.0 * np.linalg.solve(inductances, [1.0, 0.0])[1], rtol=1e-9)
    with pytest.raises(
        AnalysisError, match="deck:7: 'k1': in a transient a coupling coefficient must be between"
    ):
        circuit.tran("1m")


@pytest.mark.parametrize(
    ("card", "apart"),
    [
        ("c1 b 0 1n rser=10 lser=1u", "rs b x 10\nls x y 1u\nc1 y 0 1n"),
        ("c1 b 0 1n rpar=2k cpar=2n m=2", "rp b 0 1k\nc2 b 0 4n\nc1 b 0 2n"),
        ("c1 b 0 1n lser=1u rlshunt=50", "ls b y 1u\nrl b y 50\nc1 y 0 1n"),
        ("l1 b 0 1m rser=10 rpar=5k cpar={2*5p}", "rs b x 10\nl1 x 0 1m\nrp b 0 5k\ncp b 0 10p"),
        ("b1 b 0 i=1m*v(a) rpar=1k cpar=1n", "g1 b 0 a 0 1m\nrp b 0 1k\ncp b 0 1n"),
        ("l1 b 0 1m rser=0 ipk=2 mfg=acme", "l1 b 0 1m"),
    ],
)
@pytest.mark.filterwarnings("ignore:.*it describes the part")
def test_parasitics_as_ltspice_writes_them(card, apart):
    one, other = (
        Circuit.from_text(f"t\nv1 a 0 ac 1\nr1 a b 50\n{cards}\n").ac(1e3, 1e8, 3) for cards in (card, apart)
    )
    np.testing.assert_allclose(one["v(b)"], other["v(b)"], rtol=1e-9)
    assert not [name for name in one.names if "#" in name and name[0] == "v"]


def test_ports_given_twice_lead_to_the_first_and_numbers_end_at_their_suffix():
    deck = "t\n.subckt s a b b\nd1 a b dm\n.ends\ni1 0 1 1m\nx1 1 2 3 s\nr2 2 0 1k\nr3 3 0 1k\n.model dm d(is=1p4)\n"
    with pytest.warns(DeckWarning) as said:
        found = Circuit.from_text(deck).op()
    assert found["v(2)"] == pytest.approx(1.0)
    assert found["v(3)"] == 0.0
    assert found["v(1)"] == pytest.approx(1.0 + 0.0258649526 * np.log(1e9), rel=1e-6)
    texts = " ".join(str(warning.message) for warning in said)
    assert "port 'b' stands twice in '.subckt s'" in texts
    assert "'1p4' of 'is' on model 'dm' is 1p, as in ngspice" in texts


def test_couplings_that_contradict_each_other():
    """-0.9, 0.3 and 0.2: each between -1 and 1, but the matrix of the three has a negative eigenvalue."""
    deck = (
        "coils\nv1 a 0 ac 1 sin(0 1 1k)\nr1 a b 10\nl1 b 0 1m\nl2 c 0 1m\nr2 c 0 100\nl3 d 0 1m\nr3 d 0 100\n"
        "k1 l1 l2 -0.9\nk2 l1 l3 0.3\nk3 l2 l3 {}\n"
    )
    circuit = Circuit.from_text(deck.format(0.2))
    with pytest.warns(DeckWarning, match="coefficients of l1, l2, l3 contradict each other"):
        circuit.ac(1e3, 1e3, 1)
    with pytest.raises(AnalysisError, match="deck:9: 'k1': in a transient the energy of coupled inductors"):
        circuit.tran("1m")
    Circuit.from_text(deck.format(-0.2)).tran("10u")


@pytest.mark.parametrize(
    ("words", "current"),
    [
        ("m=2 reciprocm=1", 0.5e-3),
        ("m=2 reciprocm=0", 2e-3),
        ("tc1=10m dtemp=100", 2e-3),
        ("tc1=10m dtemp=100 reciproctc=1", 0.5e-3),
        ("tc1=10m dtemp=100 reciproctc=1 m=4 reciprocm={0+1}", 0.125e-3),
    ],
)
def test_reciprocal_factors_of_behavioural_currents(words, current):
    """Numbers of ngspice 44."""
    found = Circuit.from_text(f"t\nv1 a 0 1\nb1 0 b i=1m*v(a) {words}\nr1 b 0 1k\n").op()
    assert float(found["v(b)"]) == pytest.approx(current * 1e3, rel=1e-9)


@pytest.mark.parametrize("card", ["b1 b 0 v=v(a) m=2", "e1 b 0 vol='v(a)' m=2"])
def test_parallel_voltages_are_one(card):
    with pytest.warns(DeckWarning, match="'m' of '[be]1' has no effect"):
        assert float(Circuit.from_text(f"t\nv1 a 0 1\n{card}\nr1 b 0 1k\n").op()["v(b)"]) == pytest.approx(
            1.0
        )


@pytest.mark.parametrize("part", ["r1 a 0 2k", "c1 a 0 1u", "l1 a b 1u\nr1 b 0 2k"])
def test_tolerances_of_parts_have_no_effect(part):
    """LTspice writes them on the cards of its library's parts."""
    first, *more = part.split("\n")
    text = "\n".join(["parts", "v1 a 0 1", f"{first} tol=5", *more, ".end"])
    with pytest.warns(DeckWarning, match=r"'tol' of '.1' has no effect: it describes the part"):
        found = Circuit.from_text(text).op()
    assert found["i(v1)"] == pytest.approx(0.0 if first[0] == "c" else -0.5e-3)
