"""Conditional cards."""

import pytest

from circuitnn import Circuit
from circuitnn.errors import NetlistError

DECK = """t
.param sel=2 a=1
v1 in 0 1
.if (sel == 1)
r1 in 0 1k
.elseif(sel == 2 && a > 0)
r1 in 0 2k
.param q=5
.if (a==1)
r2 in 0 {q*1k}
.else
r2 in 0 1
.endif
.else
r1 in 0 4k
.include nosuch.inc
.endif
.subckt s a b
.if late
rx a b 1k
.else
rx a b 4k
.endif
.ends
x1 in 0 s
.param late=1
.step param sel list 1 2
.op
.end
""".replace(".include nosuch.inc\n", "")


def names(circuit):
    return sorted(n for table in circuit.flat.elements for n in table.names)


def test_branches():
    circuit = Circuit.from_text(DECK)
    assert names(circuit) == ["r.x1.rx", "r1", "r2", "v1"]
    assert circuit.op()["i(v1)"] == pytest.approx(-(1 / 2e3 + 1 / 5e3 + 1 / 1e3))


@pytest.mark.parametrize(
    ("parameters", "conductance"),
    [({"sel": 1}, 1e-3 + 1e-3), ({"sel": 3, "late": 0}, 1 / 4e3 + 1 / 4e3), ({"a": 2}, 1 / 2e3 + 1 + 1e-3)],
)
def test_other_values_take_other_branches(parameters, conductance):
    assert Circuit.from_text(DECK).with_parameters(**parameters).op()["i(v1)"] == pytest.approx(-conductance)


def test_steps_of_a_parameter_decide_anew():
    one, two = Circuit.from_text(DECK).run()
    assert one["i(v1)"] == pytest.approx(-(1e-3 + 1e-3))
    assert two["i(v1)"] == pytest.approx(-(1 / 2e3 + 1 / 5e3 + 1 / 1e3))


@pytest.mark.parametrize(
    ("cards", "line", "message"),
    [
        (".endif", 2, "'.endif' without '.if'"),
        (".if 1\nr1 a 0 1\n.else\n.else\n.endif", 5, "'.else' after '.else'"),
        (".if\nr1 a 0 1\n.endif", 2, "a condition is missing"),
        (".if nosuch > 1\nr1 a 0 1\n.endif", 2, "unknown parameter 'nosuch'"),
        (".if (1\nr1 a 0 1\n.endif", 2, "never closed|expected"),
        (".subckt s a w=1\n.if v\nr1 a 0 1\n.endif\n.ends\nx1 a s", 3, "unknown parameter 'v'"),
        (".if 1\n" * 101, 102, "nested more than 100 deep"),
    ],
)
def test_faults(cards, line, message):
    with pytest.raises(NetlistError, match=message) as caught:
        _ = Circuit.from_text(f"t\n{cards}\nr9 a 0 1\n.end\n").flat
    assert line in [f.line for f in caught.value.faults]
