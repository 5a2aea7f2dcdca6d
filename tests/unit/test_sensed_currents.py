"""``i(r1)`` in an expression: a source before the first node of any element of the same level carries the current."""

import pytest

from circuitnn import Circuit, NetlistError

ELEMENTS = {
    "r": "r1 1 0 1k",
    "behavioural r": "r1 1 0 r='1k*(1+v(1))'",
    "d": "d1 1 0 dm\n.model dm d",
    "q": "q1 1 5 0 qm\nv5 5 0 0.5\n.model qm npn",
    "m": "m1 1 1 0 0 mm\n.model mm nmos vto=0.3",
    "j": "j1 1 0 0 jm\n.model jm njf",
    "g": "g1 1 0 1 0 1m",
    "g with cur": "g1 1 0 cur='v(1)*1m'",
    "i": "i1 1 0 1m",
    "b": "b1 1 0 i=v(1)*1m",
    "x": "x1 1 0 xx\n.subckt xx a b\nra a b 1k\n.ends",
    "s": "s1 1 0 1 0 sw\n.model sw sw vt=0.5 ron=1k",
    "t": "t1 1 0 9 0 z0=50 td=1n\nr9 9 0 50",
}


@pytest.mark.parametrize("kind", ELEMENTS)
def test_the_current_is_that_of_the_source_that_feeds_the_element(kind):
    name = ELEMENTS[kind].split()[0]
    own = Circuit.from_text(f"t\nv1 1 0 0.6\n{ELEMENTS[kind]}\n.end\n").op()["i(v1)"]
    found = Circuit.from_text(
        f"t\nv1 1 0 0.6\n{ELEMENTS[kind]}\nb2 2 0 v=i({name})*1k\nr2 2 0 1\n.end\n"
    ).op()
    assert found["v(2)"] == pytest.approx(-1e3 * own, rel=1e-9)
    assert found[f"i(v_{name})"] == pytest.approx(-own, rel=1e-9)


def test_a_charge_is_the_integral_of_the_current_into_a_capacitor():
    result = Circuit.from_text(
        "t\nv1 1 0 pulse(0 1 0 1u 1u 1)\nr1 1 2 1k\nc1 2 0 1u\ng1 0 q cur='i(c1)'\ncq q 0 1u\nrq q 0 1e15\n.end\n"
    ).tran("5m", "10u")
    assert result["v(q)"] == pytest.approx(result["v(2)"], abs=1e-6)


def test_every_instance_has_a_source_and_one_element_only_one():
    circuit = Circuit.from_text(
        "t\nv1 1 0 1\nx1 1 0 a r=1k\nx2 1 0 a r=2k\n"
        ".subckt a p n r=1\nra p n {r}\nb1 n p i=i(ra)\nb2 n p i='2*i(ra)'\n.ends\n.end\n"
    )
    result = circuit.op()
    assert result["i(v.x1.v_ra)"] == pytest.approx(1e-3)
    assert result["i(v.x2.v_ra)"] == pytest.approx(0.5e-3)
    assert result["i(v1)"] == pytest.approx(2 * (1e-3 + 0.5e-3))
    assert sum(name.endswith("v_ra)") for name in result.names) == 2


def test_bodies_of_functions_read_currents_too():
    circuit = Circuit.from_text(
        "t\n.func twice(a) {2*a*i(r1)}\nv1 1 0 1\nr1 1 0 1k\nb1 2 0 v=twice(3)\nr2 2 0 1\n.end\n"
    )
    assert circuit.op()["v(2)"] == pytest.approx(6e-3)


def test_a_source_of_the_deck_keeps_its_name():
    circuit = Circuit.from_text("t\nv_r1 1 0 1\nr1 1 0 1k\nb1 2 0 v=i(r1)+2*i(v_r1)\nr2 2 0 1\n.end\n")
    assert circuit.op()["v(2)"] == pytest.approx(1e-3 - 2e-3)


@pytest.mark.parametrize("name", ["r9", "rb"])  # unknown, and inside another definition
def test_only_elements_of_the_same_level_are_found(name):
    deck = f"t\nv1 1 0 1\nx1 1 a\n.subckt a p\nrb p 0 1\n.ends\nb1 2 0 v=i({name})\nr2 2 0 1\n.end\n"
    with pytest.raises(NetlistError, match=f"no source '{name}' whose current could be used"):
        Circuit.from_text(deck).op()


def test_nodes_are_numbered_as_ngspice_reads_the_cards(tmp_path):
    """Cards of an included file, and of the definitions in it, come where the file is included (ngspice 44)."""
    (tmp_path / "a.inc").write_text(
        "b1 x 0 v=i(r1)\n.include b.inc\n.subckt sub p\nr9 p 0 1k\nb9 q 0 v=i(r9)\nrq q 0 1\n.ends\n"
    )
    (tmp_path / "b.inc").write_text("b4 w 0 v=i(r4)\nrw w 0 1\n")
    text = (
        "t\nv1 in 0 1\nr1 in a 1k\nr2 in a 2k\nr3 a 0 1k\nr4 a 0 1k\nrx x 0 1\nry y 0 1\nrz z 0 1\n"
        "b2 y 0 v=i(r2)\n.include a.inc\nb3 z 0 v=i(r3)\nx1 a sub\n.end\n"
    )
    names = Circuit.from_text(text, path=tmp_path / "deck.cir").op().names
    made = sorted((int(name[:-1].rpartition("_")[2]), name) for name in names if "_vmeas_" in name)
    assert [name[2:].partition("_")[0] for _, name in made] == ["in", "in", "a", "x1.p", "a"]
    assert [number for number, _ in made] == [0, 1, 2, 3, 4]
