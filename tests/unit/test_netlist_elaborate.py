"""From decks to flat circuits: names, nodes, values, groups."""

from __future__ import annotations

import time

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.graph import symbols
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist import elaborate, parse
from circuitnn.netlist.writer import write


def flat(body, **parameters):
    return elaborate(parse("t\n" + body), parameters)


def table(circuit, kind):
    return next(t for t in circuit.elements if t.kind == kind)


def values(circuit, kind, column=None):
    t = table(circuit, kind)
    return dict(
        zip(t.names, t.values[column or {"v": "dc", "i": "dc"}.get(kind, kind)].tolist(), strict=True)
    )


def nodes_of(circuit, name):
    for t in (*circuit.elements, *circuit.behavioural, *circuit.devices):
        if name in t.names:
            return [circuit.node_names[n] for n in t.nodes[t.names.index(name)]]
    raise KeyError(name)


NESTED = """
.param g=2
.subckt inner p q r=1
R1 p m {r}
R2 m q {g}
.ends
.subckt outer p q a=5
X1 p m inner r={a}
X2 m q inner r={a*10}
B1 p q i=a*v(m)+v(p,q)
.ends
X1 in 0 outer
X2 in out outer a=7
R1 out 0 1
V1 in 0 1
"""


def test_names_of_the_hierarchy():
    circuit = flat(NESTED)
    assert values(circuit, "r") == {
        "r1": 1.0,
        "r.x1.x1.r1": 5.0,
        "r.x1.x1.r2": 2.0,
        "r.x1.x2.r1": 50.0,
        "r.x1.x2.r2": 2.0,
        "r.x2.x1.r1": 7.0,
        "r.x2.x1.r2": 2.0,
        "r.x2.x2.r1": 70.0,
        "r.x2.x2.r2": 2.0,
    }
    assert nodes_of(circuit, "r.x2.x1.r2") == ["x2.x1.m", "x2.m"]
    assert nodes_of(circuit, "r.x1.x2.r2") == ["x1.x2.m", "0"]
    assert circuit.node_names[0] == "0"
    assert len(set(circuit.node_names)) == len(circuit.node_names)


def test_behavioural_sources_of_all_instances_are_one_table():
    (group,) = flat(NESTED).behavioural
    assert group.names == ("b.x1.b1", "b.x2.b1")
    assert {n: c.tolist() for n, c in group.columns.items()} == {"p0": [5.0, 7.0]}
    assert len(group.voltages) == 3


def test_overriding_parameters():
    assert values(flat(NESTED, g=9.0), "r")["r.x1.x1.r2"] == 9.0
    assert flat(".param a=1 b={a*2}\nR1 a 0 {b}", A=5).parameters == {"a": 5.0, "b": 10.0}
    assert flat("R1 a 0 1\n.temp 50", temper=80.0).temperature == 80.0


def test_flat_cells_that_differ_in_nodes_and_numbers_are_one_table():
    cards = [f"B{k} n{k} m{k} i={k}e-6*sinh(2.5*(v(n{k})-v(m{k})))/2.5+v(n{k},m{k})" for k in range(1, 50)]
    cards += [f"R{k} n{k} 0 1\nRm{k} m{k} 0 1" for k in range(1, 50)]
    (group,) = flat("\n".join(cards)).behavioural
    assert len(group.names) == 49
    # v(n) and v(n,m) read the same two nodes: they are slots once only
    assert set(group.voltages) == {"v0", "v1"}
    assert symbols([group.expression]) == {"v0", "v1", "p0", "p1", "p2"}
    assert group.columns["p0"].tolist() == [float(f"{k}e-6") for k in range(1, 50)]


def test_cells_of_other_shape_are_other_tables():
    circuit = flat("B1 a 0 i=2*v(a)*v(a)\nB2 b 0 i=2*v(a)*v(b)\nB3 c 0 v=2*v(c)*v(c)\nR1 a b 1\nR2 c 0 1")
    assert [g.names for g in circuit.behavioural] == [("b1",), ("b2",), ("b3",)]


def test_a_subcircuit_and_flat_cards_share_a_table():
    circuit = flat(".subckt s a b k=3\nB1 a b i=k*v(a,b)\n.ends\nX1 n 0 s\nB1 n 0 i=2*v(n,0)")
    (group,) = circuit.behavioural
    assert sorted(group.columns["p0"].tolist()) == [2.0, 3.0]


def test_multipliers():
    body = ".subckt s a\nR1 a 0 1k m=2\nC1 a 0 1u\nI1 0 a sin(1 2 3)\nL1 a 0 1m\n.ends\nX1 n s m=3\nX2 k s"
    with pytest.warns(DeckWarning, match="outermost m alone"):
        circuit = flat(body)
    assert values(circuit, "r") == {"r.x1.r1": pytest.approx(1000 / 6), "r.x2.r1": 500.0}
    assert values(circuit, "c") == {"c.x1.c1": pytest.approx(3e-6), "c.x2.c1": 1e-6}
    assert values(circuit, "l") == {"l.x1.l1": pytest.approx(1e-3 / 3), "l.x2.l1": 1e-3}
    assert [w.values for w in table(circuit, "i").waveforms] == [(3.0, 6.0, 3.0), (1.0, 2.0, 3.0)]


def test_multipliers_of_behavioural_sources():
    body = ".subckt s a\nB1 a 0 i=v(a) m=2\n.ends\nX1 n s m=3\nR1 n 0 1"
    with pytest.warns(DeckWarning, match="deck:3: m of a subcircuit"):
        (group,) = flat(body).behavioural
    from circuitnn.equations.evaluate import evaluate

    at = {**{n: c[0] for n, c in group.columns.items()}, "v0": 5.0}
    assert evaluate([group.expression], at)[0] == 30.0


def test_temperature_of_elements():
    circuit = flat(".temp 40\nR1 a 0 1 tc=1m,2m temp=50\nR2 a 0 1 dtemp=5 tc1=1m\nR3 a 0 1")
    r = table(circuit, "r").values
    assert r["tc1"].tolist() == [1e-3, 1e-3, 0.0]
    assert r["tc2"].tolist() == [2e-3, 0.0, 0.0]
    assert r["temp"].tolist()[:2] == [50.0, 45.0]
    assert np.isnan(r["temp"][2])


def test_initial_conditions_in_subcircuits():
    body = (
        ".subckt s a v0=1\nR1 a m 1\nC1 m 0 1u ic={v0}\n.ic v(m)={v0}\n.ends\nX1 n s\nX2 n s v0=2\nV1 n 0 1"
    )
    circuit = flat(body + "\n.nodeset v(n)=3 V(x1.m)=4")
    named = {circuit.node_names[n]: v for n, v in circuit.initial.items()}
    assert named == {"x1.m": 1.0, "x2.m": 2.0}
    assert {circuit.node_names[n]: v for n, v in circuit.nodesets.items()} == {"n": 3.0, "x1.m": 4.0}
    assert values(circuit, "c", "ic") == {"c.x1.c1": 1.0, "c.x2.c1": 2.0}


def test_waveforms_with_parameters():
    body = ".subckt s a w=1n\nV1 a 0 pulse(0 {2*w} 0 1n 1n {w})\n.ends\nX1 n s\nX2 m s w=2n\nV1 k 0 pwl(0 0 1 1) td=2"
    found = dict(zip(table(flat(body), "v").names, table(flat(body), "v").waveforms, strict=True))
    assert found["v.x1.v1"].values == (0.0, 2e-9, 0.0, 1e-9, 1e-9, 1e-9)
    assert found["v.x2.v1"].values == (0.0, 4e-9, 0.0, 1e-9, 1e-9, 2e-9)
    assert found["v1"].delay == 2.0


def test_sources():
    body = "V1 a 0 3 AC 2 90\nV2 b 0 dc=4 sin (0 1 1k)\nV3 c 0 AC\nI1 0 d {1+1}\nV4 e 0 pulse 0 1 1n"
    circuit = flat(body)
    v = table(circuit, "v").values
    assert v["dc"].tolist()[:2] == [3.0, 4.0]
    assert np.isnan(v["dc"][2:]).all()
    assert v["acmag"].tolist()[0::2] == [2.0, 1.0]
    assert v["acphase"].tolist()[0::2] == [90.0, 0.0]
    assert table(circuit, "v").waveforms[3].values == (0.0, 1.0, 1e-9)


def test_controls_are_flat_names():
    body = ".subckt s a\nV1 a 0 1\nF1 a 0 V1 2\nK1 L1 L2 .5\nL1 a 0 1\nL2 a 0 1\n.ends\n"
    body += "X1 n s\nX2 m s\nF1 n 0 v.x2.v1 3"
    circuit = flat(body)
    controls = dict(zip(table(circuit, "f").names, table(circuit, "f").controls, strict=True))
    assert controls == {"f.x1.f1": ("v.x1.v1",), "f.x2.f1": ("v.x2.v1",), "f1": ("v.x2.v1",)}
    assert table(circuit, "k").controls == (("l.x1.l1", "l.x1.l2"), ("l.x2.l1", "l.x2.l2"))


def test_devices():
    body = """
.model dm d(is={i0} cjo=1p js=2)
.subckt s a i0=5
.model dl d is={i0} rs=1
D1 a 0 dl area=2 m=3
D2 a 0 dm
.ends
.param i0=1e-14
X1 n s m=2
X2 n s i0=6
D1 n 0 dm 4
S1 n 0 n 0 sw ON
S2 n 0 n 0 sw
.model sw sw vt=1
"""
    with pytest.warns(DeckWarning, match="outermost m alone"):
        circuit = flat(body.replace(" js=2", ""))
    diode = next(d for d in circuit.devices if d.model == "diode")
    column = {n: dict(zip(diode.names, c.tolist(), strict=True)) for n, c in diode.columns.items()}
    assert column["is"] == {"d1": 1e-14, "d.x1.d1": 5.0, "d.x1.d2": 1e-14, "d.x2.d1": 6.0, "d.x2.d2": 1e-14}
    assert column["multiplier"]["d.x1.d1"] == 6.0
    assert column["area"] == {"d1": 4.0, "d.x1.d1": 2.0, "d.x1.d2": 1.0, "d.x2.d1": 2.0, "d.x2.d2": 1.0}
    assert column["rs"]["d.x2.d1"] == 1.0
    assert np.isnan(column["temp"]["d1"])
    switch = next(d for d in circuit.devices if d.model == "switch")
    assert switch.columns["on"].tolist() == [1.0, 0.0]


def test_random_parameters():
    body = ".subckt s a r={agauss(100,10,1)}\nR1 a 0 {r}\nR2 a 0 {agauss(100,10,1)}\n.ends\n"
    body += "X1 n s\nX2 n s\nR1 n 0 {unif(5,0.1)}"
    first, again, other = flat(body), flat(body), flat(body + "\n.options seed=2")
    a = values(first, "r")
    assert len(set(a.values())) == 5  # every instance and every call draws its own
    assert a == values(again, "r")
    assert set(a.values()).isdisjoint(values(other, "r").values())
    assert 4.5 <= a["r1"] <= 5.5


def test_random_numbers_have_the_distribution_they_say():
    body = (
        ".subckt s a\nR1 a 0 {agauss(100,30,3)}\nR2 a 0 {gauss(100,0.3,3)}\nR3 a 0 {aunif(100,10)}\n.ends\n"
    )
    circuit = flat(body + "\n".join(f"X{k} n s" for k in range(4000)))
    r = table(circuit, "r").values["r"].reshape(4000, 3)
    assert np.allclose(r.mean(axis=0), 100.0, atol=1.0)
    assert np.allclose(r.std(axis=0), [10.0, 10.0, 10.0 / np.sqrt(3.0)], atol=0.6)


def test_places_of_elements():
    circuit = flat(NESTED)
    assert circuit.where("r1") == "deck:15"
    assert circuit.where("R.X2.X1.R2") == "deck:6"
    assert circuit.where("b.x1.b1") == "deck:11"
    assert circuit.where("r.x9.r1") == ""


def test_definitions_are_scoped():
    body = """
.subckt s a
R1 a 0 1
.ends
.subckt t a
.subckt s a
R1 a 0 2
.ends
X1 a s
.ends
X1 n t
X2 n s
"""
    assert values(flat(body), "r") == {"r.x1.x1.r1": 2.0, "r.x2.r1": 1.0}


EVERYTHING = """
.model dm d(is=1e-14 rs=1)
.model sm sw vt=1 vh=0.1
.model cm csw it=1m
.subckt sub a b p=1
R1 a m {p*1k} tc1=1m temp=30
B1 m b i=-1u*sinh(-{p}*v(m,b))**2
D1 m b dm area=2
.ends sub
V1 in 0 dc 2 pulse(0 1 1n 1n 1n 5n 10n) ac 1
V2 c 0 pwl(0 0 1 2) r=0
C1 out 0 1p ic=0.5
L1 out 0 1u
L2 c 0 1u
K1 L1 L2 0.5
E1 e 0 in 0 2
E2 f 0 value={v(in)*i(e1)}
R9 f 0 '1+v(out)*v(out)'
F1 e 0 V1 2
H1 g 0 V1 2
G2 g 0 in 0 3
X1 in out sub p=2
X2 in out sub
S1 out 0 in 0 sm on
W1 out 0 V2 cm
.ic v(out)=0.5
.tran 1n 10n 0 1n uic
.dc v1 0 1 0.1 temp 0 50 25
.print tran v(in) i(v1)
.options reltol=1e-4 method=gear
.temp 40
"""


def test_writing_and_reading_again():
    circuit = flat(EVERYTHING)
    text = write(circuit)
    again = elaborate(parse(text))
    assert set(again.node_names) == set(circuit.node_names)
    for t in circuit.elements:
        other = table(again, t.kind)
        order = [other.names.index(n) for n in t.names]
        for name, column in t.values.items():
            assert np.array_equal(column, other.values[name][order], equal_nan=True), (t.kind, name)
        # as text: one NaN is not another
        assert not t.waveforms or repr(t.waveforms) == repr(tuple(other.waveforms[k] for k in order))
    for d, other in zip(circuit.devices, again.devices, strict=True):
        for name, column in d.columns.items():
            assert np.array_equal(column, other.columns[name], equal_nan=True), name
    assert sum(len(g.names) for g in again.behavioural) == sum(len(g.names) for g in circuit.behavioural)
    assert again.analyses[0].arguments == circuit.analyses[0].arguments
    assert again.options == circuit.options
    assert again.temperature == 40.0
    names = [circuit.node_names[n] for n in circuit.initial]
    assert names == ["out"]
    assert write(again) == text


def test_cards_are_read_fast():
    cards = [f"R{k} n{k} n{k + 1} {k + 1}.5k" for k in range(60_000)]
    text = "\n".join(["t", *cards])
    start = time.process_time()
    elaborate(parse(text))
    # the aim is 3e5 a second on a quiet machine; this only catches a fall by factors
    assert len(cards) / (time.process_time() - start) > 6e4


def test_cards_that_look_alike_are_read_as_each_alone():
    # the second, third … card of a group takes a short cut; it must not change what is read
    texts = ["2*v(a)-1*v(b)", "3*v(b)-2*v(a)", "1e-5*v(a)-1k*v(b)", "2*v(a)-1*v(a)", "1e400*v(a)-1*v(b)"]
    texts += ["1e-5*v(a)-0x*v(b)", "2*v(a)-1*v(c)", "4.*v(a)-.5*v(b)", "2-3*v(a)", "1e-3*v(a)", "2-4*v(c)"]
    nodes = "Ra a 0 1\nRb b 0 1\nRc c 0 1\n"
    good = [t for t in texts if "400" not in t]
    together = flat(nodes + "\n".join(f"B{k} a 0 i={t}" for k, t in enumerate([*good, *good])))
    at = {"a": 2.0, "b": 3.0, "c": 5.0}
    from circuitnn.equations.evaluate import evaluate

    found = {}
    for group in together.behavioural:
        for k, name in enumerate(group.names):
            known = {s: at[together.node_names[n[k]]] for s, n in group.voltages.items()}
            known |= {s: c[k] for s, c in group.columns.items()}
            found[name] = evaluate([group.expression], known)[0]
    expected = [1.0, 5.0, 2e-5 - 3e3, 2.0, 2e-5, -1.0, 6.5, -4.0, 2e-3, -18.0]
    assert [found[f"b{k}"] for k in range(20)] == pytest.approx([*expected, *expected])


def test_columns_that_are_kept_are_those_of_a_first_elaboration():
    deck = parse(
        "t\n.param a=2\nv1 1 0 1\nd1 1 0 dm\nd2 1 0 dn\ns1 1 0 1 0 sm on\ns2 1 0 1 0 sm\n"
        ".model dm d(is=1e-15 n=1.5)\n.model dn d(is={1e-15*a})\n.model sm sw(vt=0.5 vh=0.1)\n"
    )
    first, second, other = (elaborate(deck, p) for p in ({}, {}, {"a": 3.0}))
    for tables in zip(first.devices, second.devices, other.devices, strict=True):
        names = tables[0].columns
        for name in names:
            np.testing.assert_array_equal(tables[0].columns[name], tables[1].columns[name])
            changed = tables[0].model == "diode" and name == "is"
            np.testing.assert_allclose(
                tables[2].columns[name], [1e-15, 3e-15] if changed else names[name], 1e-15
            )


def test_a_fault_of_a_constant_parameter_is_found_in_every_elaboration():
    deck = parse("t\nv1 1 0 1\nd1 1 0 dm\n.model dm d(is=-1)\n")
    for _ in range(2):
        with pytest.raises(NetlistError, match="'is' = -1"):
            elaborate(deck)


def test_names_of_parameters_may_end_with_a_number_in_brackets():
    circuit = Circuit.from_text(
        "t\n.param rs[0]={1k*2} rs[1]=3k\n.param b={rs[1]/1k}\nv1 1 0 1\nr1 1 2 {rs[0]}\nr2 2 0 'rs[0]*2'\n"
        "b3 3 0 v={rs[0]*2}\nr3 3 0 1\nb4 4 0 v='v(2)*rs[1]*b'\nr4 4 0 r='rs[1]*(1+v(2))'\n"
        "x1 5 0 s q[1]=2\n.subckt s a c q[1]=1\nr1 a c {q[1]}\ni1 c a 1\n.ends\n.end\n"
    )
    found = circuit.op()
    assert [found[f"v({k})"] for k in (2, 3, 4, 5)] == pytest.approx([2 / 3, 4e3, 6e3, 2.0])
