"""Any real number is a number wherever the public interface takes one, and what is none is an error."""

from __future__ import annotations

import inspect
import re
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import circuitnn
import circuitnn.crossbar as arrays
from circuitnn import Circuit, Crossbar, DeckWarning
from circuitnn.errors import CircuitnnError

KINDS = (int, np.int64, np.uint8, np.float64, np.float32, np.longdouble, np.array, Fraction, Decimal)
DECK = """t
.param p=2
v1 a 0 dc 2 ac 1
r1 a b {p}
r2 b 0 2
c1 b 0 1
d1 0 b dm
.model dm d(is=1e-14 n=1)
.op
"""
TWO = Circuit.from_text(DECK)
DRAWN = Circuit.from_text(DECK.replace("p=2", "p=agauss(2,1,3)"))
DRIVEN = Circuit.from_text("t\nv1 a 0 sin(0 1 1)\nr1 a b 1\nc1 b 0 1\n.end\n")
OUTSIDE = Circuit.from_text("t\nv1 a 0 dc 0 external\nr1 a 0 1\n.end\n")
CUBIC = Circuit.from_text("t\ni1 0 a 0\ni2 0 a 0\nb1 a 0 i=v(a)*v(a)*v(a)-v(a)+2\nc1 a 0 1\n.end\n")
TONE = Circuit.from_text("t\nv1 a 0 distof1 1\nr1 a b 1\nd1 b 0 dm\n.model dm d\n.end\n")
PORTS = Circuit.from_text("t\nv1 a 0 portnum 1 z0 50\nr1 a b 1\nv2 b 0 portnum 2 z0 50\n.end\n")
GRID = Crossbar(2, 2, 1.0, wordline_resistance=1.0, bitline_resistance=1.0)
GATED = Crossbar(2, 2, arrays.Gated(arrays.Resistance(1e4), arrays.Device("ekv")))
SELECTED = Crossbar(2, 2, arrays.Device("diode", rs=1.0), wordline_resistance=1.0, driver_resistance=1.0)


def index(n, k):
    """A row, column or cell's place: of any kind of whole number."""
    return n(k) if n in (int, np.int64, np.uint8) else k


def built(letter, *fields, **parameters):
    c = Circuit("t").V("1", "a", "0", 1).V("2", "b", "0", 1).L("1", "a", "0", 1).L("2", "b", "0", 1)
    c = c.model(
        "m",
        {"O": "ltra", "U": "urc", "S": "sw", "D": "d", "Q": "npn", "J": "njf", "Z": "nmf"}.get(
            letter, "nmos"
        ),
    )
    c = c.add(".subckt sub a params: r=1", "r1 a 0 {r}", ".ends")
    return str(getattr(c, letter)("9", *fields, **parameters))


def spectrum(n):
    return TWO.ac(n(1), n(4), points=n(3), variation="lin").data


# What takes numbers → how to give it some; `n` makes a number of another kind.
OF_CIRCUITS = {
    "R": lambda n: built("R", "a", "b", n(3), tc1=n(1)),
    "C": lambda n: built("C", "a", "b", n(3), ic=n(1)),
    "L": lambda n: built("L", "a", "b", n(3), ic=n(1)),
    "K": lambda n: built("K", "l1", "l2", n(1)),
    "V": lambda n: built("V", "a", "b", n(3)),
    "I": lambda n: built("I", "a", "b", n(3)),
    "E": lambda n: built("E", "a", "b", "a", "0", n(3)),
    "G": lambda n: built("G", "a", "b", "a", "0", n(3)),
    "F": lambda n: built("F", "a", "b", "v1", n(3)),
    "H": lambda n: built("H", "a", "b", "v1", n(3)),
    "D": lambda n: built("D", "a", "b", "m", area=n(2)),
    "Q": lambda n: built("Q", "a", "b", "0", "m", area=n(2)),
    "J": lambda n: built("J", "a", "b", "0", "m", area=n(2)),
    "Z": lambda n: built("Z", "a", "b", "0", "m", area=n(2)),
    "M": lambda n: built("M", "a", "b", "0", "0", "m", w=n(2)),
    "T": lambda n: built("T", "a", "0", "b", "0", z0=n(50), td=n(1)),
    "U": lambda n: built("U", "a", "b", "0", "m", l=n(1)),
    "O": lambda n: built("O", "a", "0", "b", "0", "m", v1=n(1)),
    "X": lambda n: built("X", "a", "sub", r=n(2)),
    "element": lambda n: str(Circuit("t").element("r1", "a", "0", n(2), m=n(3))),
    "model": lambda n: str(Circuit("t").model("m", "d", n=n(2))),
    "param": lambda n: str(Circuit("t").param(p=n(2))),
    "from_text": lambda n: Circuit.from_text(DECK, p=n(3)).op()["b"],
    "with_parameters": lambda n: TWO.with_parameters(P=n(3)).op()["b"],
    "with_options": lambda n: TWO.with_options(temp=n(100), itl1=n(50)).op()["b"],
    "with_card": lambda n: TWO.with_card(".op", "", n(0)).run()[0].data,
    "altered": lambda n: (
        TWO.altered({("R1", ""): n(3), ("v1", "pulse"): [n(1), n(2)]}, {"DM": {"n": n(2)}}).op().data
    ),
    "at_corner": lambda n: TWO.at_corner({"p": n(3), "temp": n(100), "@dm[n]": n(2), "r2": n(3)}).op().data,
    "corners": lambda n: (
        TWO.corners({"a": {"p": n(3)}}, points=n(3), processes=n(1)).signals["op"]["v(b)"].values
    ),
    "monte_carlo": lambda n: DRAWN.monte_carlo(n(2), seed=n(3), points=n(9), processes=n(1)).seeds,
    "op": lambda n: TWO.op(temp=n(100), itl1=n(100)).data,
    "system": lambda n: (lambda s: s.f(np.zeros(len(s)), 0.0))(TWO.system(n(3), n(1), temp=n(100))),
    "dc": lambda n: (TWO.dc("v1", n(0), n(2), n(1)).data, TWO.dc({"p": [n(1), n(2)], "v1": [n(1)]}).data),
    "arc": lambda n: TWO.arc("v1", n(0), n(1), n(20)).data,
    "spikes": lambda n: DRIVEN.spikes(n(3), {"v(b)": n(0)}, n(1), n(0), n(1)).data,
    "tran": lambda n: TWO.tran(n(3), n(1), n(1), n(1), itl4=n(10)).data,
    "ac": spectrum,
    "noise": lambda n: TWO.noise("b", "v1", n(1), n(4), n(3))[0].data,
    "disto": lambda n: TONE.disto(n(1), n(4), n(3))[0].data,
    "sp": lambda n: PORTS.sp(n(1), n(4), points=n(3)).data,
    "sens": lambda n: TWO.sens("b", n(1), n(4), n(3)).data,
    "pss": lambda n: DRIVEN.pss(n(1), n(2), points=n(16), harms=n(3)).data,
    "lyapunov": lambda n: DRIVEN.lyapunov(n(4), n(1), n(1)).data,
    "cycles": lambda n: DRIVEN.cycles("r1", n(1), n(2), n(3), n(1), points=n(20)).data,
    "locus": lambda n: CUBIC.locus("fold", "i1", n(0), n(4), "i2", n(0), n(1), points=n(20)).data,
    "solutions": lambda n: TWO.solutions(n(16)).data,
    "with_external": lambda n: OUTSIDE.with_external(v1=lambda t: n(1)).tran(1.0).data,
    "options": lambda n: TWO.options(temp=n(100)).temp,
    "verify": lambda n: TWO.verify(limit=n(2)).limit,
}
OF_ARRAYS = {
    "__init__": lambda n: Crossbar(
        n(2),
        n(3),
        n(1),
        wordline_resistance=n(1),
        bitline_resistance=[n(1)] * 3,
        driver_resistance=n(1),
        sense_resistance=n(1),
        contact_resistance=n(1),
        wordline_capacitance=n(1),
        bitline_capacitance=n(1),
        cell_capacitance=n(1),
        temp=n(30),
        seed=n(3),
        faults=arrays.Faults(
            {(index(n, 0), index(n, 1)): n(2)},
            [(index(n, 1), index(n, 1))],
            [(index(n, 0), index(n, 0))],
            n(1),
            [(index(n, 0), index(n, 0))],
            [(index(n, 0), index(n, 1))],
        ),
    ).mvm([n(1), n(1)]),
    "mvm": lambda n: GRID.mvm([n(1), n(2)]),
    "products": lambda n: GRID.products([n(1), n(2)]).pull([[n(1), n(2)]]).inputs,
    "op": lambda n: SELECTED.op(arrays.MVM([n(1), n(2)]), temp=n(30), itl1=n(100)).output,
    "options": lambda n: SELECTED.options(itl1=n(100)).itl1,
    "sensitivity": lambda n: GRID.sensitivity(GRID.op(arrays.MVM([n(1), n(2)])), index(n, 1)),
    "tran": lambda n: GRID.tran(
        arrays.MVM([n(1), n(2)]), arrays.Pulse(n(2), n(1), n(1), n(1), n(9)), n(4)
    ).currents_out("bottom"),
    "with_cell": lambda n: GRID.with_cell(index(n, 0), index(n, 1), n(3)).mvm([1.0, 1.0]),
}
OF_SCHEMES = {
    "MVM": lambda n: GATED.op(arrays.MVM([n(1), n(2)], gate=n(1))).output,
    "Access": lambda n: (
        GATED.op(arrays.Access(index(n, 0), index(n, 1), n(2), "half", n(1), n(1), n(1), n(1))).output
    ),
    "Bias": lambda n: (
        GRID.op(
            arrays.Bias(
                left=n(1), bottom=[n(0), n(1)], resistance={"left": n(1)}, selected=(index(n, 0), index(n, 1))
            )
        ).output
    ),
    "PullUp": lambda n: (
        GRID.op(arrays.PullUp(index(n, 0), index(n, 1), n(2), n(1), [index(n, 1)], n(1))).output
    ),
    "Pulse": lambda n: OF_ARRAYS["tran"](n),
    "Faults": lambda n: OF_ARRAYS["__init__"](n),
    "Crossbar": lambda n: OF_ARRAYS["__init__"](n),
    "Complementary": lambda n: Crossbar(2, 2, arrays.Complementary(n(1), n(2), n(3))).mvm([1.0, 1.0]),
    "Conductance": lambda n: Crossbar(2, 2, arrays.Conductance(n(2))).mvm([1.0, 1.0]),
    "Resistance": lambda n: Crossbar(2, 2, arrays.Resistance(n(2))).mvm([1.0, 1.0]),
    "Device": lambda n: Crossbar(
        2, 2, arrays.Device("sinh_selector", i0=n(1), v0=n(1)), driver_resistance=1.0
    ).mvm([1.0, 1.0]),
}
PLAIN = {
    "Crossbar": OF_ARRAYS["__init__"],
    "fourier": lambda n: circuitnn.fourier(TWO.tran(3, 0.1), n(1), "v(b)").data,
    "load": None,  # as from_text
    "read": None,  # the number of a plot, tested in test_reading.py
}
ALL = {
    **{f"Circuit.{k}": v for k, v in OF_CIRCUITS.items()},
    **{f"Crossbar.{k}": v for k, v in OF_ARRAYS.items()},
    **{f"crossbar.{k}": v for k, v in OF_SCHEMES.items()},
    **{f"circuitnn.{k}": v for k, v in PLAIN.items() if v},
}


def takes_numbers(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(re.search(r"float|\bint\b|Value|ArrayLike|Corner", str(p.annotation)) for p in parameters)


@pytest.mark.parametrize(
    ("owner", "table"),
    [(Circuit, OF_CIRCUITS), (Crossbar, OF_ARRAYS), (arrays, OF_SCHEMES), (circuitnn, PLAIN)],
    ids=["Circuit", "Crossbar", "crossbar", "circuitnn"],
)
def test_nobody_is_forgotten(owner, table):
    names = (
        owner.__all__
        if inspect.ismodule(owner)
        else [n for n in dir(owner) if n[0] != "_" or n == "__init__"]
    )
    found = {n for n in names if callable(getattr(owner, n)) and takes_numbers(getattr(owner, n))}
    # Results and statistics are made by analyses.
    assert found <= table.keys() | ({"__init__"} if owner is Circuit else {"Result", "Statistics"})


def flat(value):
    return (
        re.sub(r"(?<=\d)\.0\b", "", value)  # 3 on a card is 3.0
        if isinstance(value, str)
        else np.concatenate([np.ravel(v) for v in value] if isinstance(value, tuple) else [np.ravel(value)])
    )


@pytest.mark.thinned(10)
@pytest.mark.parametrize("name", ALL)
def test_any_real_number_is_a_number(name):
    expected = flat(ALL[name](float if name not in ("Circuit.with_card",) else int))
    for kind in KINDS:
        found = flat(ALL[name](kind))
        assert found == expected if isinstance(expected, str) else np.array_equal(found, expected), kind


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "one", None, [1, 2], 1 + 1j])
def test_what_is_no_number_is_an_error(wrong):
    for call in (
        lambda: TWO.with_parameters(p=wrong),
        lambda: (
            TWO.altered({("r1", ""): wrong}).op()
            if not isinstance(wrong, list)
            else TWO.altered({("r1", ""): wrong})
        ),
        lambda: TWO.altered(models={"dm": {"n": wrong}}),
        lambda: TWO.at_corner({"p": wrong}),
        lambda: TWO.op(reltol=wrong),
        lambda: TWO.with_options(reltol=wrong).op(),
        lambda: TWO.tran(wrong),
        lambda: TWO.ac(wrong),
        lambda: TWO.dc("v1", 0, wrong, 1),
        lambda: TWO.dc({"v1": [wrong]}),
        lambda: TWO.monte_carlo(wrong),
        lambda: circuitnn.fourier(TWO.tran(1), wrong),
    ):
        with pytest.raises(CircuitnnError):
            call()
    if not isinstance(wrong, str):
        with pytest.raises(CircuitnnError):
            Circuit("t").R("1", "a", "0", wrong)


def test_options_of_python_are_options():
    assert TWO.with_options(temp=100).flat.temperature == 100.0
    assert TWO.with_options(temp="100").flat.temperature == 100.0
    assert TWO.at_corner({"hostcompile": "off"}).options().hostcompile == "off"
    assert TWO.at_corner({"method": "gear", "reltol": "1u"}).options().reltol == 1e-6
    with pytest.raises(CircuitnnError, match="hostcompile = maybe"):
        TWO.at_corner({"hostcompile": "maybe"}).op()
    with pytest.warns(DeckWarning, match="option temp = hot: a finite number is needed; it has no effect"):
        assert Circuit.from_text(DECK + ".options temp=hot\n").flat.temperature == 27.0
    with pytest.warns(DeckWarning, match=r"itl1 = 50\.5 is taken as 50"):
        TWO.op(itl1=50.5)


def test_names_of_elements_and_models_have_no_case():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert TWO.altered({("R1", ""): 4}, {"DM": {"N": np.float64(2)}}).op()["b"] < 1.0
