"""Laplace filters against their transfer functions, and against SciPy in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import signal
from verilog_a_modules import load, two_terminal

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError

EXACT = ".options reltol=1e-7 abstol=1e-14 vntol=1e-9\n"
W = 2 * np.pi * 1e3
LOW = ([1.0], [1.0, 0.3 / W, 1 / W**2])  # 2nd order, from the power 0 on
FILTERS = {
    "coefficients": (f"laplace_nd(V(p, n), '{{1}}, '{{1, {0.3 / W!r}, {1 / W**2!r}}})", LOW),
    "an array": ("laplace_nd(V(p, n), '{1}, d)", LOW),
    "equal orders": (f"laplace_nd(V(p, n), '{{1, 0, {2 / W**2!r}}}, d)", ([1.0, 0.0, 2 / W**2], LOW[1])),
    "a higher power that is 0": ("laplace_nd(V(p, n), '{1, 0, 0, 0}, '{2, 1u, 0})", ([1.0], [2.0, 1e-6])),
    "roots": (
        f"laplace_zp(V(p, n), '{{{-W!r}, 0}}, '{{{-W!r}, {W!r}, {-W!r}, {-W!r}}})",
        ([1.0, 1 / W], [1.0, 1 / W, 0.5 / W**2]),
    ),
    "a zero at 0": (f"laplace_zd(V(p, n), '{{0, 0}}, '{{1, {1 / W!r}}})", ([0.0, 1.0], [1.0, 1 / W])),
    "poles": (
        f"laplace_np(V(p, n), '{{3, {0.1 / W!r}}}, '{{{-W!r}, 0, {-2 * W!r}, 0}})",
        ([3.0, 0.1 / W], [1.0, 1.5 / W, 0.5 / W**2]),
    ),
    "no zeros": (f"laplace_zp(V(p, n), , '{{{-W!r}, 0}})", ([1.0], [1.0, 1 / W])),
    "a factor": ("laplace_nd(V(p, n), '{3}, '{6})", ([3.0], [6.0])),
    "of a derivative": (f"laplace_nd(ddt(V(p, n)), '{{1}}, '{{1, {1 / W!r}}})", ([0.0, 1.0], [1.0, 1 / W])),
}
DECLARED = f"parameter real q = 0.3; parameter real d[0:2] = '{{1, {0.3 / W!r}, {1 / W**2!r}}};"


@pytest.mark.parametrize("name", FILTERS)
def test_filters(name: str, tmp_path: Path) -> None:
    """Operating point, ac over four decades, and a step."""
    expression, (numerator, denominator) = FILTERS[name]
    load(two_terminal(f"I(p, n) <+ {expression};", DECLARED), tmp_path)
    deck = "t\nv1 a 0 dc 0.5 ac 1 pwl(0 0.5 1m 0.5 1.1m 1.5)\nn1 a 0 m\n.model m dut\n" + EXACT
    op, ac, tran = Circuit(deck + ".op\n.ac dec 4 10 100k\n.tran 2u 4m\n.end\n").run()
    assert np.isclose(-float(op["i(v1)"]), 0.5 * numerator[0] / denominator[0], atol=1e-12)
    s = 2j * np.pi * np.real(ac["frequency"])
    wanted = np.polyval(numerator[::-1], s) / np.polyval(denominator[::-1], s)
    assert np.allclose(-ac["i(v1)"], wanted, rtol=1e-9)
    system = signal.TransferFunction(numerator[::-1], denominator[::-1])
    grid = np.linspace(0, 4e-3, 4001)
    drive = np.interp(grid, [0, 1e-3, 1.1e-3, 4e-3], [0.0, 0.0, 1.0, 1.0])
    _, response, _ = signal.lsim(system, drive, grid)
    expected = response + 0.5 * numerator[0] / denominator[0]
    found = np.interp(grid, tran["time"], -tran["i(v1)"])
    away = np.abs(grid - 1.05e-3) > 6e-5 if numerator[0] == 0.0 else np.full(len(grid), True)
    assert np.allclose(found[away], expected[away], atol=2e-3 * np.ptp(expected))


def test_coefficients_of_the_card(tmp_path: Path) -> None:
    """A parameter is a coefficient; devices with different ones stand side by side."""
    load(
        two_terminal("I(p, n) <+ laplace_nd(V(p, n), '{1}, '{1, tau});", "parameter real tau = 1m;"), tmp_path
    )
    deck = "t\nv1 a 0 ac 1\nv2 b 0 ac 1\nn1 a 0 m tau=2m\nn2 b 0 m tau=0\n.model m dut\n.ac lin 1 100 100\n.end\n"
    (ac,) = Circuit(deck).run()
    assert np.isclose(-ac["i(v1)"][0], 1 / (1 + 2j * np.pi * 100 * 2e-3), rtol=1e-9)
    assert np.isclose(-ac["i(v2)"][0], 1.0, rtol=1e-9)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("laplace_nd(V(p, n), '{1, 1}, '{1})", "higher order than the denominator"),
        ("laplace_nd(V(p, n), '{1}, '{0, 0})", "denominator of 'laplace_nd' is 0"),
        ("laplace_np(V(p, n), '{1}, '{-1, 1})", "needs its conjugate"),
        ("laplace_np(V(p, n), '{1}, '{-1})", "pairs of a real and an imaginary"),
        ("laplace_nd(V(p, n), '{1}, '{1, V(p)})", "cannot change during the simulation"),
        ("laplace_nd(V(p, n), 1, '{1, 2})", "a list of numbers is needed"),
        ("zi_nd(V(p, n), '{1}, '{1, 2}, 1n)", "with @.timer"),
    ],
)
def test_faults(expression: str, sentence: str, tmp_path: Path) -> None:
    """What a filter cannot have."""
    load(two_terminal(f"I(p, n) <+ {expression};"), tmp_path)
    with pytest.raises(CircuitnnError, match=sentence):
        Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m dut\n.op\n.end\n").run()
