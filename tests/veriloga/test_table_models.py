"""Tables against SciPy and against interpolation by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.interpolate import CubicSpline, RegularGridInterpolator, make_interp_spline
from verilog_a_modules import HEAD, load, two_terminal

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError

X = np.array([0.0, 0.3, 1.0, 1.4, 2.0])
Y = np.array([1.0, 2.0, -1.0, 0.5, 4.0])
LISTS = f"'{{{', '.join(map(repr, X.tolist()))}}}, '{{{', '.join(map(repr, Y.tolist()))}}}"
AT = np.round(np.arange(-0.53, 2.6, 0.05), 10)


def swept(expression: str, folder: Path, declarations: str = "") -> np.ndarray:
    """Values of an expression of V(p, n) where this is `AT`."""
    load(two_terminal(f"I(p, n) <+ {expression};", declarations), folder)
    deck = f"t\nv1 a 0 0\nn1 a 0 m\n.model m dut\n.dc v1 {AT[0]} {AT[-1]} 0.05\n.end\n"
    (dc,) = Circuit(deck).run()
    return -np.asarray(dc["i(v1)"])


def straight(curve, x: np.ndarray) -> np.ndarray:
    """A curve that goes on straight beyond its samples."""
    inside = np.clip(x, X[0], X[-1])
    return curve(inside) + (x - inside) * curve(inside, 1)


CURVES = {
    "1L": lambda x: (
        np.interp(x, X, Y)
        + np.minimum(x - X[0], 0) * (Y[1] - Y[0]) / 0.3
        + np.maximum(x - X[-1], 0) * (Y[-1] - Y[-2]) / 0.6
    ),
    "1C": lambda x: np.interp(x, X, Y),
    "1CL": lambda x: np.interp(x, X, Y) + np.maximum(x - X[-1], 0) * (Y[-1] - Y[-2]) / 0.6,
    "3": lambda x: straight(CubicSpline(X, Y, bc_type="natural"), x),
    "3C": lambda x: CubicSpline(X, Y, bc_type="natural")(np.clip(x, 0, 2)),
    "2C": lambda x: make_interp_spline(X, Y, k=2)(np.clip(x, 0, 2)),
    "D": lambda x: Y[np.argmin(np.abs(X[:, None] - x), axis=0)],
}


@pytest.mark.parametrize("control", CURVES)
def test_one_input(control: str, tmp_path: Path) -> None:
    """Each way to interpolate and to go on beyond the samples."""
    found = swept(f'$table_model(V(p, n), {LISTS}, "{control}")', tmp_path)
    assert np.allclose(found, CURVES[control](AT), atol=1e-11)


def test_a_file(tmp_path: Path) -> None:
    """Samples in a file beside the module, in any order, with comments; the second column of values."""
    lines = [f"{x!r} 7 {y!r}  # sample" for x, y in zip(X.tolist(), Y.tolist(), strict=True)]
    (tmp_path / "curve.tbl").write_text("# x other y\n\n" + "\n".join(lines[::-1]) + "\n")
    expected = CURVES["1C"](AT)
    assert np.allclose(swept('$table_model(V(p, n), "curve.tbl", "1C;2")', tmp_path), expected, atol=1e-11)
    assert np.allclose(swept('$table_model(V(p, n), "curve.tbl")', tmp_path), 7.0)
    named = 'parameter string file = "curve.tbl";'
    assert np.allclose(swept('$table_model(V(p, n), file, "1C;2")', tmp_path, named), expected, atol=1e-11)


@pytest.mark.parametrize(("control", "method"), [("1L,1L", "linear"), ("3L,1L", "")])
def test_two_inputs(control: str, method: str, tmp_path: Path) -> None:
    """A grid of two inputs; inside it SciPy's."""
    second = np.array([-1.0, 0.0, 2.0])
    values = np.sin(X)[:, None] + np.outer(X, second**2)
    rows = [f"{x} {z} {float(values[i, k])!r}" for i, x in enumerate(X) for k, z in enumerate(second)]
    (tmp_path / "grid.tbl").write_text("\n".join(rows))
    text = f"""{HEAD}module dut(p, n, c); inout p, n, c; electrical p, n, c;
  analog I(p, n) <+ $table_model(V(p, n), V(c), "grid.tbl", "{control}"); endmodule
"""
    load(text, tmp_path)
    for z in (-0.7, 1.3):
        deck = f"t\nv1 a 0 0\nv2 c 0 {z}\nn1 a 0 c m\n.model m dut\n.dc v1 0.05 1.95 0.1\n.end\n"
        (dc,) = Circuit(deck).run()
        at = np.linspace(0.05, 1.95, 20)
        if method:
            expected = RegularGridInterpolator((X, second), values)(np.column_stack([at, np.full(20, z)]))
        else:
            line = [np.interp(z, second, row) for row in values]
            expected = CubicSpline(X, line, bc_type="natural")(at)
        assert np.allclose(-dc["i(v1)"], expected, atol=1e-10)


def test_extrapolation_that_is_an_error(tmp_path: Path) -> None:
    """The last value holds, and a warning says so."""
    with pytest.warns(UserWarning, match="its last value holds"):
        found = swept(f'$table_model(V(p, n), {LISTS}, "1E")', tmp_path)
    assert np.allclose(found, CURVES["1C"](AT))


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ('$table_model(V(p, n), "nothing.tbl", "1L")', "the table cannot be read"),
        ('$table_model(V(p, n), "model.va", "1L")', "could not convert|lines of one length"),
        ("$table_model(V(p, n), '{1, 2}, '{1, 2, 3})", "all of one length"),
        ("$table_model(V(p, n), '{1, 1}, '{1, 2})", "two samples at 1"),
        ("$table_model(V(p, n), '{1, 2}, '{1, 2}, \"4L\")", "no control string"),
        ("$table_model(V(p, n), '{1, 2}, '{1, 2}, \"1L;3\")", "has 2 columns, 4 are needed"),
        ("$table_model()", "'\\$table_model' takes|all of one length"),
    ],
)
def test_faults(expression: str, sentence: str, tmp_path: Path) -> None:
    """What a table cannot be, with its place."""
    with pytest.raises(CircuitnnError, match=sentence):
        swept(expression, tmp_path)
