"""Whatever a deck says, the reader answers with a circuit or with a `NetlistError`; it never hangs."""

from __future__ import annotations

import math
import os
import string
import warnings

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from circuitnn.elements import element
from circuitnn.errors import NetlistError
from circuitnn.netlist import elaborate, parse
from circuitnn.netlist.expressions import parse_signal
from circuitnn.netlist.writer import write
from circuitnn.units import parse_number

FUZZ = settings(
    max_examples=int(os.environ.get("CIRCUITNN_FUZZ", "250")),
    deadline=5000,
    suppress_health_check=list(HealthCheck),
)

NODES = st.sampled_from(["0", "a", "b", "n1", "gnd", "x1.m", "vdd", "out"])
NUMBERS = st.sampled_from(["1", "1k", "2.5u", "-3", "1meg", "0", "1e-12", "1e400", "4k7", ".5", "1e", "nan"])
NAMES = st.sampled_from(["p", "q", "a", "zz", "time", "temper", "pi", "agauss", "v"])


def _expressions() -> st.SearchStrategy[str]:
    leaves = st.one_of(NUMBERS, NAMES, NODES.map(lambda n: f"v({n})"), st.just("i(v1)"), st.just("v(a,b)"))

    def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        operators = st.sampled_from(["+", "-", "*", "/", "**", "^", "<", ">=", "==", "&&", "||", "%"])
        functions = st.sampled_from(
            ["sin", "exp", "ln", "sqrt", "f", "g", "ddt", "abs", "u", "nosuch", "int"]
        )
        return st.one_of(
            st.builds("({}{}{})".format, inner, operators, inner),
            st.builds("{}({})".format, functions, inner),
            st.builds(
                "{}({},{})".format, st.sampled_from(["min", "pow", "pwr", "atan2", "unif"]), inner, inner
            ),
            st.builds("({}?{}:{})".format, inner, inner, inner),
            st.builds("-{}".format, inner),
            st.builds("pwl({},0,0,1,{})".format, inner, inner),
        )

    return st.recursive(leaves, grow, max_leaves=12)


EXPRESSIONS = _expressions()
VALUES = st.one_of(NUMBERS, EXPRESSIONS.map("{{{}}}".format), EXPRESSIONS.map("'{}'".format), NAMES)
PAIRS = st.lists(
    st.builds(
        "{}={}".format, st.sampled_from(["m", "tc1", "ic", "p", "q", "area", "temp", "tc", "r"]), VALUES
    ),
    max_size=2,
).map(" ".join)
NUMBER = st.integers(1, 3).map(str)


def _card(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(template.format, *parts)


ELEMENTS = st.one_of(
    _card("{}{} {} {} {} {}", st.sampled_from("rclvi"), NUMBER, NODES, NODES, VALUES, PAIRS),
    _card("{}{} {} {} {} {} {}", st.sampled_from("eg"), NUMBER, NODES, NODES, NODES, NODES, VALUES),
    _card("{}{} {} {} v{} {}", st.sampled_from("fhw"), NUMBER, NODES, NODES, NUMBER, VALUES),
    _card("b{} {} {} {}={} {}", NUMBER, NODES, NODES, st.sampled_from("iv"), EXPRESSIONS, PAIRS),
    _card("e{} {} {} value={{{}}}", NUMBER, NODES, NODES, EXPRESSIONS),
    _card("g{} {} {} poly({}) {} {} {} {}", NUMBER, NODES, NODES, NUMBER, NODES, NODES, VALUES, VALUES),
    _card("e{} {} {} table {{{}}} = (0,{}) (1,1)", NUMBER, NODES, NODES, EXPRESSIONS, VALUES),
    _card("d{} {} {} {} {}", NUMBER, NODES, NODES, st.sampled_from(["dm", "sm", "rm", "no"]), PAIRS),
    _card(
        "s{} {} {} a 0 {} {}",
        NUMBER,
        NODES,
        NODES,
        st.sampled_from(["sm", "dm"]),
        st.sampled_from(["on", ""]),
    ),
    _card("x{} {} {} {} {}", NUMBER, NODES, NODES, st.sampled_from(["sub", "outer", "no"]), PAIRS),
    _card("k{} l{} l{} {}", NUMBER, NUMBER, NUMBER, VALUES),
    _card(
        "t{} {} {} {} {} z0={} {}={}",
        NUMBER,
        NODES,
        NODES,
        NODES,
        NODES,
        VALUES,
        st.sampled_from(["td", "f", "nl", "ic"]),
        VALUES,
    ),
    _card("u{} {} {} {} um l={} n={}", NUMBER, NODES, NODES, NODES, VALUES, VALUES),
    _card("u{} {} {} {} um l={}", NUMBER, NODES, NODES, NODES, VALUES),
    _card("o{} {} {} {} {} om", NUMBER, NODES, NODES, NODES, NODES),
    _card(
        "v{} {} 0 {}({} {} {}) {}",
        NUMBER,
        NODES,
        st.sampled_from(["pulse", "sin", "exp", "pwl", "sffm", "am", "x"]),
        VALUES,
        VALUES,
        VALUES,
        PAIRS,
    ),
)
DOTS = st.one_of(
    _card(".param {}={}", NAMES, VALUES),
    _card(".func {}(x) {{{}}}", st.sampled_from("fg"), EXPRESSIONS),
    _card(
        ".model {} {}({})",
        st.sampled_from(["dm", "sm", "rm"]),
        st.sampled_from(["d", "sw", "r", "npn"]),
        PAIRS,
    ),
    _card(
        ".model {}({}={} {}={})",
        st.sampled_from(["um urc", "om ltra", "om ltra"]),
        st.sampled_from(["r", "k", "isperl", "l"]),
        VALUES,
        st.sampled_from(["c", "fmax", "rperl", "len"]),
        VALUES,
    ),
    _card(".subckt {} p q {}\n", st.sampled_from(["sub", "outer"]), PAIRS),
    st.sampled_from([".ends", ".op", ".end", ".temp 50", ".options seed=3 reltol={p}", ".global vdd"]),
    _card(".ic v({})={}", NODES, VALUES),
    _card(".dc {} {} {} {}", st.sampled_from(["v1", "temp", "p", "r1"]), VALUES, VALUES, VALUES),
    _card(".tran {} {}", VALUES, VALUES),
    _card(
        ".step {} {} {} {}", st.sampled_from(["param p", "v1", "dec r1", "temp list"]), VALUES, VALUES, VALUES
    ),
    _card(
        ".meas tran {} {} {}", NAMES, st.sampled_from(["find", "avg", "when", "trig", "param"]), EXPRESSIONS
    ),
    _card(".meas tran {} when {}={} rise={}", NAMES, EXPRESSIONS, VALUES, VALUES),
    _card(".print tran {} {}", EXPRESSIONS, EXPRESSIONS),
)
DECKS = st.lists(st.one_of(ELEMENTS, ELEMENTS, ELEMENTS, DOTS), max_size=12).map(
    lambda cards: "\n".join(["t", *cards])
)

SOUND = """sound
.param p=2 q={p*2}
.func f(x) {x*q}
.model dm d(is=1e-14 rs=1)
.model sm sw vt=1 vh=0.1
.subckt sub a b p=1
R1 a m {p*1k}
B1 m b i=1u*sinh(2*v(m,b))
.ends sub
V1 in 0 pulse(0 1 1n 1n 1n 5n 10n) ac 1
V2 c 0 pwl(0 0 1 {q}) r=0
R1 in out 1k tc=1m,2m
C1 out 0 1p ic=0
L1 out 0 1u
L2 c 0 1u
K1 L1 L2 0.5
E1 e 0 in 0 2
G1 e 0 poly(2) in 0 out 0 0 1 2 3
F1 e 0 V1 2
X1 in out sub p={f(1)}
D1 out 0 dm 2
S1 out 0 in 0 sm on
B2 e 0 v=v(x1.m)*i(v1)+time
.ic v(out)=0.5
.tran 1n 10n
.dc v1 0 1 0.1
.meas tran d trig v(in) val=0.5 rise=1 targ v(out) val={p/8} fall=last
.print tran v(in) par('v(in)*2')
.options reltol=1e-4
.end"""


def survives(text: str) -> None:
    """Read, elaborate, write; only a `NetlistError` with a message may come out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            circuit = elaborate(parse(text))
        except NetlistError as error:
            assert error.faults
            assert str(error)
            return
    for table in circuit.elements:
        columns = element(table.kind).columns  # NaN: not given
        missing = {"dc", *(name for name, default in columns.items() if math.isnan(default))}
        for name, values in table.values.items():
            assert name in missing or np.all(np.isfinite(values))
        assert len(table.names) == len(table.nodes)
        assert table.nodes.size == 0 or table.nodes.max() < len(circuit.node_names)
    for group in circuit.behavioural:
        for values in group.columns.values():
            assert np.all(np.isfinite(values))
    write(circuit)


@FUZZ
@given(DECKS)
def test_decks_of_the_grammar(deck):
    survives(deck)


@FUZZ
@given(st.data())
def test_mangled_decks(data):
    text = SOUND
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 8))
        put = data.draw(st.text(alphabet=string.printable + "µΩ\0", max_size=4))
        text = text[:at] + put + text[at + length :]
    survives(text)


@FUZZ
@given(st.data())
def test_shuffled_lines(data):
    lines = SOUND.split("\n")
    order = data.draw(st.permutations(range(1, len(lines))))
    survives("\n".join(["t", *(lines[k] for k in order[: data.draw(st.integers(1, len(order)))])]))


@FUZZ
@given(st.text(max_size=200))
@example("")
@example("\n")
@example("t\n+")
@example("t\n.subckt\n.ends\n.ends")
@example("t\nx1 x1")
@example("t\n.lib x\n.endl y")
@example("t\n.control\n")
@example("t\nr1 a 0 {draw#0+draw#x}")
@example("t\n.func f(draw#0) {draw#0}\nr1 a 0 {f(1)}")
@example("t\nr1 a 0 '")
@example("t\n.include .\n.include /dev/zero\n.lib 'a' b")
def test_any_text(text):
    survives(text)
    survives("t\n" + text)


@FUZZ
@given(st.one_of(EXPRESSIONS, st.text(max_size=60)))
@example("(" * 5000)
@example("-" * 5000 + "1")
@example("1" + "+1" * 5000)
@example("1" + "?1:1" * 3000)
@example("f(" * 300)
@example("{" * 5000)
def test_any_expression(text):
    try:
        parse_signal(text)
    except NetlistError as error:
        assert str(error)


@FUZZ
@given(st.text(alphabet="0123456789.eEdDkKmMgGuUµtTfF+-a", max_size=12))
def test_any_number(text):
    try:
        value = parse_number(text)
    except ValueError:
        return
    assert np.isfinite(value)


def test_the_sound_deck_is_sound():
    circuit = elaborate(parse(SOUND))
    assert len(circuit.measures) == 1
    again = elaborate(parse(write(circuit)))
    assert {n for t in circuit.elements for n in t.names} == {n for t in again.elements for n in t.names}
