"""What a deck can get wrong, and what we say about it."""

from __future__ import annotations

import re
import time

import pytest

from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.netlist import elaborate, parse


def faults(body, **parameters):
    with pytest.raises(NetlistError) as caught:
        elaborate(parse("t\n" + body), parameters)
    return caught.value.faults


# card with the fault marked by « before it; what else the deck has; a part of the message
CASES = [
    ("R1 a 0 {«x}", "", "unknown parameter 'x'"),
    ("R1 a 0 {«volt}", ".param vold=1", "did you mean vold?"),
    ("R1 a 0 {1+«}", "", "expected a number"),
    ("R1 a 0 «foo.bar!", "", "neither a value nor a model"),
    ("«R1 a 0 tc1=1", "", "'r1' has no value"),
    ("Q1 «a", "", "needs"),
    ("R1 a 0 1 2 «3", "", "an unexpected word"),
    (
        "«T1 a 0 b 0 z0=50 td=0",
        "",
        "td = 0 s: must be positive (1e-300 to 1e300); a line without delay is a pair of wires",
    ),
    ("«T1 a 0 b 0 z0=50 td=-1n", "", "td = -1e-09 s: must be positive"),
    ("«T1 a 0 b 0 z0=0 td=1n", "", "z0 = 0 Ohm: must be positive (1e-300 to 1e300); give the impedance"),
    ("«T1 a 0 b 0 z0=50 f=0", "", "td = nl/f = inf s: must be positive"),
    ("R1 «net-(r1) 0 1", "", "begins no node"),
    ("R1 a 0 1 «tcc=1", "", "no parameter 'tcc' (did you mean tc"),
    ("R1 a 0 «{1+2", "", "never closed"),
    ("R1 a 0 1 tc1=«{v(a)}", "", "only a constant is allowed here"),
    ("«C1 a 0 {1/z}", ".param z=0", "'1/z' with z = 0 has no finite value"),
    ("D1 a 0 «dmo", ".model dmod d\n.model sw sw", "no model 'dmo' for a diode (did you mean dmod?)"),
    ("D1 a 0 «sm", ".model sm sw", "is of type 'sw', not one for a diode"),
    ("D1 a 0 dm «areaa=2", ".model dm d", "no parameter 'areaa' (did you mean area"),
    (".model dm d(«is=-1)", "D1 a 0 dm", "lies outside"),
    (
        "Q1 a b 0 «amp",
        ".subckt amp p n o\nR1 p o 1\n.ends",
        "is a subcircuit, and a call of it begins with x: xq1",
    ),
    ("«M1 a b 0 amp w=1u", ".subckt amp p n o\nR1 p o 1\n.ends", "a call of it begins with x: xm1"),
    ("U1 a b 0 c «amp", ".subckt amp p n o q\nR1 p o 1\n.ends", "a call of it begins with x: xu1"),
    ("X1 a b 0 0 «nch", ".model nch nmos", "no subcircuit 'nch': it is a model, of type 'nmos'"),
    ("«tc1=1m tc2=0", "R1 a 0 1", "a line that continues the one above begins with +"),
    ("B1 a 0 v=«sdt(v(a),1)", "", "no reset"),
    ("B1 a 0 v=«absdelay(v(a),1m)", "", "a lossless line delays a voltage"),
    ("B1 a 0 v=«sign(v(a))", "", "unknown function 'sign': write sgn(x)"),
    ("«T1 a b c d td=1n", "", "needs its characteristic impedance"),
    ("S1 a 0 b 0 «sn", ".model sm sw", "did you mean sm?"),
    ("F1 a 0 «V9 2", "V1 a 0 1", "no source 'v9'"),
    ("«F1 a 0 V1", "V1 a 0 1", "needs two nodes, a controlling source and a gain"),
    ("«E1 a 0 b 0", "", "needs two nodes, two controlling nodes and a gain"),
    ("E1 a 0 «poly(2) b 0 1", "", "needs 2 pairs of nodes"),
    ("G1 a 0 «table {v(b)} = (0,1)", "", "at least two points"),
    ("K1 L1 «R1 0.5", "L1 a 0 1\nR1 a 0 1", "'r1' is not one"),
    ("B1 a 0 i=«sinn(v(a))", "", "unknown function 'sinn' (did you mean"),
    ("B1 a 0 i=v(«outt)", "R1 out 0 1", "no element is connected to node 'outt' (did you mean out?)"),
    ("B1 a 0 i=i(«v2)", "V1 a 0 1", "did you mean v1?"),
    ("B1 a 0 i=2*«gm*v(a)", ".param gn=1", "unknown parameter 'gm' (did you mean gn?)"),
    ("«B1 a 0 2", "", "i=… or v=…"),
    ("X1 a b «subb", ".subckt sub a b\n.ends", "no subcircuit 'subb' (did you mean sub?)"),
    ("X1 a «sub", ".subckt sub a b\n.ends", "has 2 ports (a b), 1 nodes given"),
    (".param «p={q}", ".param q={p+1}\nR1 a 0 {p}", "circular parameters: p → q → p"),
    ("«.func", "", "takes name(arguments)"),
    ("R1 a 0 {«f(1)}", ".func f(x) {g(x)}\n.func g(x) {f(x)}", "calls itself"),
    ("R1 a 0 {«f(1,2)}", ".func f(x) {x}", "takes 1 argument, 2 given"),
    ("V1 a 0 «puls(0 1)", "", "no waveform 'puls' (did you mean pulse"),
    ("V1 a 0 «pulse(1)", "", "takes 2 to 8 numbers, 1 given"),
    ("V1 a 0 «spikes(0 1 1m 1u 2 1)", "", "must increase: 1 after 2"),
    ("V1 a 0 «spikes(0 {0} 1m 1u 1 {p})", ".param p=0", "must increase"),
    ("«.parm a=1", "", "unknown card '.parm' (did you mean .param"),
    ("«.hb 1k 2k", "", "has 2 tones; one is supported"),
    ("«.endif", "", "without '.if'"),
    ("«.else", "", "without '.if'"),
    ("«.subckt s a", "", "has no '.ends'"),
    ("«.ends", "", "without '.subckt'"),
    ("«.tran", "", "takes tstep, tstop"),
    ("«.tran 1u 1m 2m", "", "tstart = 0.002 makes no sense"),
    (".dc «v2 0 1 0.1", "V1 a 0 1", "no source, resistor or parameter 'v2' to sweep (did you mean v1?)"),
    (".dc v1 0 1 «-0.1", "V1 a 0 1", "does not lead from 0 to 1"),
    (".dc v1 0 1 «1n", "V1 a 0 1", "at most 10000000"),
    (".step param «pp list 1 2", ".param q=1", "'pp' to sweep"),
    ("B1 a 0 i=v(«x1.gone)", ".ic v(x1.gone)=1", "no element is connected to node 'x1.gone'"),
]


@pytest.mark.parametrize(("marked", "other", "message"), CASES, ids=[c[0] for c in CASES])
def test_faults(marked, other, message):
    column = marked.index("«")
    card = marked.replace("«", "")
    found = [f for f in faults(f"{card}\n{other}\n") if message in f.message]
    assert len(found) == 1
    assert (found[0].file, found[0].line, found[0].text, found[0].column) == ("deck", 2, card, column)


def test_second_definitions_name_the_first():
    fault = faults("R1 a 0 1\nR1 a 0 2")[0]
    assert (fault.line, fault.message) == (3, "'r1' is defined twice, first at deck:2")


def test_recursive_subcircuits():
    fault = faults(".subckt s a\nX1 a t\n.ends\n.subckt t a\nX1 a s\n.ends\nX1 a s")[0]
    assert (fault.line, fault.message) == (6, "a subcircuit contains itself: s → t → s")


def test_all_faults_at_once():
    body = "R1 a 0 {x}\nR2 a 0 1 2 3\n.param p={p}\nQ1 a b c\nB1 a 0 i=foo(v(a))\n.dc v1 0 1 -1\nV1 a 0 1\nR3 b 0 {p}"
    assert [f.line for f in faults(body)] == [2, 3, 4, 5, 6, 7]


def test_the_message_shows_line_and_caret():
    text = str(faults("R1 a 0 {1+nosuch}")[0])
    assert text == "deck:2: unknown parameter 'nosuch'\n    R1 a 0 {1+nosuch}\n              ^"


def test_unused_subcircuits_may_hold_what_we_do_not_know():
    elaborate(parse("t\n.subckt u a b c\nQ1 a b c qm\n.ends\n.model qm npn(bf=100)\nR1 a 0 1"))


def test_runaway_expansion():
    body = ["t"]
    for k in range(20):
        body += [f".subckt s{k} a b", *(f"X{j} a b s{k + 1}" for j in range(10)), ".ends"]
    body += [".subckt s20 a b", "R1 a b 1", ".ends", "X1 a 0 s0"]
    with pytest.raises(NetlistError, match="expands to more than"):
        elaborate(parse("\n".join(body)))


def test_deep_hierarchy():
    body = ["t"]
    for k in range(150):
        body += [f".subckt s{k} a b", f"X1 a b s{k + 1}", ".ends"]
    body += [".subckt s150 a b", "R1 a b 1", ".ends", "X1 a 0 s0"]
    with pytest.raises(NetlistError, match="more than 100 deep"):
        elaborate(parse("\n".join(body)))


def test_long_chains_of_parameters():
    body = ["t", *(f".param p{k}={{p{k + 1}}}" for k in range(5000)), ".param p5000=3", "R1 a 0 {p0}"]
    assert elaborate(parse("\n".join(body))).parameters["p0"] == 3.0


def test_overrides_must_exist():
    with pytest.raises(NetlistError, match=r"no parameter 'gg' to set \(did you mean g\?\)"):
        elaborate(parse("t\n.param g=1\nR1 a 0 {g}"), {"gg": 2.0})


def test_faults_of_large_decks_are_found_fast():
    cards = [f"R{k} n{k} n{k + 1} 1" for k in range(30_000)]
    wrong = [f"B{k} n1 0 i=v(nn{k})+i(v{k})" for k in range(24)]
    start = time.process_time()
    assert len(faults("\n".join(cards + wrong))) >= 48
    assert time.process_time() - start < 20


def test_a_word_that_no_model_of_spice_has_is_a_warning():
    deck = parse("t\nD1 a 0 dm\n.model dm d(iss=1)")
    with pytest.warns(DeckWarning, match=r"deck:3: model 'dm' has no parameter 'iss' \(did you mean is"):
        elaborate(deck)


@pytest.mark.parametrize(
    ("card", "why"),
    [
        (".ic v(outt)=1", "no element is connected to node 'outt' (did you mean out?)"),
        (".nodeset v(gone)=1 v(a)=2", "no element is connected to node 'gone'"),
        (".nodeset v(x1.gone)=1", "no element is connected to node 'x1.gone'"),
        (".ic v(0)=1", "ground is 0 V"),
    ],
)
def test_initial_voltages_of_no_node_are_a_warning(card, why):
    with pytest.warns(DeckWarning, match=f"deck:2: .* has no effect: {re.escape(why)}"):
        flat = elaborate(parse(f"t\n{card}\nR1 a out 1\nR2 out 0 1"))
    assert flat.node_names == ("0", "a", "out")
    assert flat.initial | flat.nodesets == ({1: 2.0} if "v(a)" in card else {})


@pytest.mark.parametrize(
    "unused",
    [
        ".subckt s a\n.nosuch\n.ends",
        ".subckt s a\n.param nothing=\n.ends",
        ".subckt s a\n.model m\n.ends",
        ".model m d(bf='1)",
    ],
)
def test_a_fault_of_what_nobody_uses_is_a_warning(unused):
    with pytest.warns(DeckWarning, match="and no element uses it"):
        deck = parse(f"t\n{unused}\nR1 a 0 1")
    assert len(elaborate(deck).elements) == 1


@pytest.mark.parametrize(
    "card",
    [
        "(is=1f n=2",
        "is=1f n=2)",
        "((is=1f) n=2",
        "is 1f n=2",
        "(is=1f n=2)",
        "(is=1f) n=2)",
        "(is=1f) (n=2)",
        "(is=1f)\n+ n=2)",
        "(is={(1+1)*0.5f}) n=(2))",
    ],
)
def test_brackets_of_a_model_may_lack_their_partner(card):
    devices = elaborate(parse(f"t\nD1 a 0 dm\n.model dm d {card}")).devices[0]
    assert (devices.columns["is"][0], devices.columns["n"][0]) == (1e-15, 2.0)


def test_a_fault_of_what_is_used_is_an_error():
    with pytest.raises(NetlistError, match=r"deck:3: unknown card '.nosuch'"):
        parse("t\n.subckt s a\n.nosuch\nR1 a 0 1\n.ends\nX1 b s")
