"""Forms of ``.dc`` in Xyce, LTspice and HSPICE: the points that they ask for, by hand and by NumPy."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError
from circuitnn.ngspice.control import run

DECK = "t\n.param top=4\nv1 a 0 1\nv2 b 0 1\nr1 a c 1k\nr2 b c 1k\nr3 c 0 1k\n"


def _points(card: str) -> np.ndarray:
    """v1 and v2 at each point."""
    (result,) = Circuit.from_text(f"{DECK}{card}\n.end").run()
    return np.column_stack([result["v(a)"], result["v(b)"], 3 * result["v(c)"]])


def _grid(inner: np.ndarray, outer: np.ndarray) -> np.ndarray:
    return np.array([(x, y, x + y) for y in outer for x in inner])


LIST = np.array([1.0, 2.0, 5.0])
DECADES = 10.0 ** (np.arange(9) / 4)


@pytest.mark.parametrize(
    ("card", "inner", "outer"),
    [
        (".dc lin v1 0 2 0.5", np.arange(5) / 2, [1.0]),
        (".dc v1 list 1 2 5", LIST, [1.0]),
        (".dc v1 list 1 2 5 v2 list 7 3", LIST, [7.0, 3.0]),
        (".dc v1 list 1 2 {top+1} v2 0 2 1", LIST, [0.0, 1.0, 2.0]),
        (".dc v2 0 2 1 v1 list 1 2 5", None, None),
        (".dc dec v1 1 100 4", DECADES, [1.0]),
        (".dc dec v1 1 100 4 oct v2 1 8 1", DECADES, [1.0, 2.0, 4.0, 8.0]),
        (".dc dec v1 1 100 4 v2 0 2 1", DECADES, [0.0, 1.0, 2.0]),
        (".dc oct v1 0.125 4 1", 2.0 ** np.arange(-3, 3), [1.0]),
        (".dc v1 start=0 stop=2 step=0.5", np.arange(5) / 2, [1.0]),
        (".dc v1 stop=2 step=0.5 start=0 v2 list 4", np.arange(5) / 2, [4.0]),
        (".dc v1 dec 4 1 100", DECADES, [1.0]),
        (".dc v1 lin 5 0 2", np.arange(5) / 2, [1.0]),
        (".dc v1 poi 3 1 2 5 v2 0 1 1", LIST, [0.0, 1.0]),
        (".dc v1 0 2 0.5 v2 3 4 1", np.arange(5) / 2, [3.0, 4.0]),
    ],
)
def test_points(card: str, inner: np.ndarray | None, outer: list[float] | None) -> None:
    found = _points(card)
    if inner is None:
        assert np.allclose(found, [(x, y, x + y) for x in LIST for y in (0.0, 1.0, 2.0)])
    else:
        assert np.allclose(found, _grid(inner, outer), rtol=1e-9)


def test_list_of_temperatures() -> None:
    deck = "t\nv1 a 0 1\nr1 a 0 1k tc1=1m\n.dc temp list 27 127 -73\n.end"
    (result,) = Circuit.from_text(deck).run()
    assert np.allclose(-1e3 * result["i(v1)"], 1 / np.array([1.0, 1.1, 0.9]), rtol=1e-6)


def test_in_a_control_block() -> None:
    out = io.StringIO()
    run(
        Circuit.from_text(f"{DECK}.control\ndc v1 list 1 2 5\nprint length(v(a)) vecmax(v(a))\n.endc\n.end"),
        out,
    )
    assert re.findall(r"= (\S+)", out.getvalue()) == ["3.000000e+00", "5.000000e+00"]


@pytest.mark.parametrize(
    ("card", "said"),
    [
        (".dc v1 0 1", "'.dc' takes source, start, stop, step (one or more times)"),
        (".dc v1 lsit 1 2", "'lsit' after 'v1' is no number (did you mean list"),
        (".dc v1 list", "'v1 list' has no values"),
        (".dc v1 start=0 stop=1", "step= of 'v1' is missing"),
        (".dc v1 poi 3 1 2", "'v1 poi 3' has 2 values"),
        (".dc dec v1 list 1 2", "'dec' and 'list' for one source, 'v1'"),
        (".dc dec v1 0 10 3", "'dec' needs 0 < start < stop"),
        (".dc dec v1 1 10", "the number of points of 'v1' is missing"),
        (".dc v9 list 1 2", "no source, resistor or parameter 'v9' to sweep (did you mean v"),
        (".dc data=rows", "write '.step data=rows' and '.op'"),
    ],
)
def test_errors(card: str, said: str) -> None:
    with pytest.raises(CircuitnnError, match=re.escape(said)):
        Circuit.from_text(f"{DECK}{card}\n.end").run()


def test_written_deck_has_no_step_where_points_have_none() -> None:
    """A sweep that no step describes was written as one of equal steps."""
    text = Circuit.from_text(f"{DECK}.dc v1 list 1 2 5\n.dc v1 list 1 2 3\n.end").export()
    assert "* .dc v1 list 1.0 2.0 5.0" in text
    assert "\n.dc v1 1.0 3.0 1.0" in text
