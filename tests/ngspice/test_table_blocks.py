"""XSPICE's tables of two and three inputs and its polynomial, random numbers, against ngspice's own and SciPy's."""

import numpy as np
import pytest
from scipy.interpolate import RegularGridInterpolator

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
OPTIONS = ".options reltol=1e-9 abstol=1e-15 vntol=1e-12"


def table(path, seed, *sizes):
    """Write a random table; gives its axes and values, of which the last index is that of the first axis."""
    rng = np.random.default_rng(seed)
    axes = [np.round(np.cumsum(rng.uniform(0.3, 2.0, size)) - 3.0, 3) for size in sizes]
    values = np.round(rng.normal(size=sizes[::-1]), 4)
    lines = ["* lengths", *map(str, sizes)]
    lines += [line for axis in axes for line in ("* axis", " ".join(map(str, axis)))]
    lines += ["* values", *(" ".join(map(str, row)) for row in values.reshape(-1, sizes[0]))]
    path.write_text("\n".join(lines) + "\n")
    return axes, values


def deck(path, ports, card="order=1", analysis=".dc v1 -4 7 0.37 v2 -4 7 1.3", dimensions=2):
    return f"""table
v1 a 0 0.3
v2 b 0 0.4
v3 c 0 -0.7
vs s 0 0
rs s 0 1k
ro o 0 1
a1 {ports} m
.model m table{dimensions}d(file="{path}" {card})
{OPTIONS}
{analysis}
.end
"""


@needs_ngspice
@pytest.mark.filterwarnings("ignore:.*'order' of model")
@pytest.mark.parametrize(
    ("ports", "card"),
    [
        ("a b o", "order=1"),
        ("%vd(a 0) %v(b) %v(o)", "order=2 gain=2.5 offset=0.7"),
        ("%vd(a c) %vd(0 b) %id(o 0)", "order=2 offset=-1"),
        ("a b %vd(o 0)", "gain=1e-3"),
    ],
)
@pytest.mark.parametrize("seed", [1, 2])
def test_two_inputs(seed, ports, card, tmp_path):
    """Inside the table and outside of it, where it is held; ngspice's order 3 needs five points."""
    table(tmp_path / "table.txt", seed, 6, 5 + seed)
    ours, theirs = both(deck(tmp_path / "table.txt", ports, card), tmp_path)
    assert np.ptp(theirs.array("v(o)")) > 1e-3
    scale = np.max(np.abs(theirs.array("v(o)")))
    np.testing.assert_allclose(np.ravel(ours["v(o)"]), np.ravel(theirs.array("v(o)")), atol=1e-6 * scale)


@needs_ngspice
@pytest.mark.filterwarnings("ignore:.*'order' of model")
def test_three_inputs(tmp_path):
    table(tmp_path / "table.txt", 3, 6, 5, 7)
    text = deck(tmp_path / "table.txt", "a b c %v(o)", "order=2 gain=2", dimensions=3)
    ours, theirs = both(text, tmp_path)
    np.testing.assert_allclose(np.ravel(ours["v(o)"]), np.ravel(theirs.array("v(o)")), atol=1e-6)


@pytest.mark.parametrize("sizes", [(2, 2), (7, 3), (2, 3, 4), (5, 4, 2)])
def test_values_and_slopes(sizes, tmp_path):
    """SciPy's multilinear values at random places, and their slopes as small signals."""
    axes, values = table(tmp_path / "table.txt", sum(sizes), *sizes)
    exact = RegularGridInterpolator(axes, values.T)
    rng = np.random.default_rng(5)
    for _ in range(12):
        place = np.array([rng.uniform(axis[0] + 0.01, axis[-1] - 0.01) for axis in axes])
        sources = "".join(f"v{k} x{k} 0 {float(x)!r} ac {int(k == 1)}\n" for k, x in enumerate(place))
        ports = " ".join(f"x{k}" for k in range(len(sizes)))
        model = f'.model m table{len(sizes)}d(file="{tmp_path}/table.txt")'
        circuit = Circuit.from_text(f"table\n{sources}a1 {ports} %v(o) m\nro o 0 1k\n{model}\n")
        assert circuit.op()["v(o)"] == pytest.approx(exact(place)[0], rel=1e-9, abs=1e-12)
        ahead, behind = place + [0, 1e-7, 0][: len(sizes)], place - [0, 1e-7, 0][: len(sizes)]
        slope = (exact(ahead)[0] - exact(behind)[0]) / 2e-7
        small = circuit.ac(1.0, 1.0, 1)["v(o)"][0]
        assert small.real == pytest.approx(slope, rel=1e-5, abs=1e-6)
        assert small.imag == 0.0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("2\n2\n0 1\n0 1\n1 2\n3\n", r"then 2\*2 values; it has 3 values"),
        ("2\n2\n0 1\n0 1\n1 2\n3 4\n5 6\n", r"then 2\*2 values; it has 6 values"),
        ("1\n2\n0\n0 1\n1 2\n", "two or more"),
        ("2\n", "needs 2 lines with the lengths"),
        ("", "needs 2 lines with the lengths"),
        ("2\n2\n1 0\n0 1\n1 2\n3 4\n", "must increase"),
    ],
)
def test_files_that_make_no_sense(content, message, tmp_path):
    (tmp_path / "table.txt").write_text(content)
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(deck(tmp_path / "table.txt", "a b o", "")).op()


def test_order_has_no_effect(tmp_path):
    table(tmp_path / "table.txt", 1, 3, 3)
    with pytest.warns(DeckWarning, match="'order' of model 'm' has no effect"):
        Circuit.from_text(deck(tmp_path / "table.txt", "a b o")).op()


@needs_ngspice
@pytest.mark.parametrize("count", [1, 2, 5, 9])
def test_polynomial(count, tmp_path):
    rng = np.random.default_rng(count)
    numbers = " ".join(f"{x:.4f}" for x in rng.normal(size=count))
    text = f"""polynomial
v1 a 0 0.3
v2 b 0 0.4
ro o 0 1k
a1 %vd[a 0 b a] %vd(o 0) m
.model m spice2poly(coef=[{numbers}])
{OPTIONS}
.dc v1 -1 2 0.37 v2 -1 2 0.9
.end
"""
    ours, theirs = both(text, tmp_path)
    np.testing.assert_allclose(np.ravel(ours["v(o)"]), np.ravel(theirs.array("v(o)")), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize(
    ("model", "parameter"), [("d_process", "process_file"), ("d_cosim", "simulation")], ids=str
)
def test_programs_are_not_run(model, parameter, tmp_path):
    """Neither by the deck nor while it is read."""
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    text = f'program\na1 [x] clk null [y] m\nr1 y 0 1k\n.model m {model}({parameter}="{program}")\n'
    with pytest.raises(NetlistError, match=f"runs the program that '{parameter}' names; decks run none"):
        Circuit.from_text(text).op()
    assert not (tmp_path / "ran").exists()
