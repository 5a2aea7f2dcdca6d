"""Branches that change between flow and potential, and indirect contributions: against circuits by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, close, current, load, two_terminal

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError, SingularMatrixError

EXACT = ".options reltol=1e-8 abstol=1e-14 vntol=1e-10\n"
SWITCH = f"""{HEAD}module relay(p, n, c);
  inout p, n, c; electrical p, n, c;
  parameter real threshold = 0.5, ron = 0;
  analog begin
    if (V(c) > threshold) V(p, n) <+ ron * I(p, n);
    else I(p, n) <+ 0;
  end
endmodule
"""


@pytest.mark.parametrize("ron", [0, 100])
def test_switch(ron: float, tmp_path: Path) -> None:
    """A relay: closed it has its resistance, open it carries nothing; also in a transient and in ac."""
    load(SWITCH, tmp_path)
    deck = "t\nv1 a 0 dc 1 ac 1\nr1 a b 1k\nn1 b 0 c m\nr2 b 0 1k\nvc c 0 dc 0 pulse(0 1 1m 1u 1u 1m 2m)\n"
    deck += f".model m relay ron={ron}\n{EXACT}.dc vc 0 1 0.25\n.ac lin 1 1k 1k\n.tran 20u 4m\n.end\n"
    dc, ac, tran = Circuit(deck).run()
    closed = (1 / (1 / ron + 1e-3) if ron else 0.0) / 1e3
    closed = closed / (1 + closed)
    assert np.allclose(dc["v(b)"], [0.5, 0.5, 0.5, closed, closed], atol=1e-9)
    assert np.isclose(ac["v(b)"][0], 0.5, atol=1e-9)
    sure = np.abs(tran["v(c)"] - 0.5) > 0.4
    expected = np.where(tran["v(c)"] > 0.5, closed, 0.5)
    assert np.allclose(tran["v(b)"][sure], expected[sure], atol=1e-9)


def test_capacitor_in_one_position(tmp_path: Path) -> None:
    """A charge that is only there in one position draws no impulse when that begins."""
    text = f"""{HEAD}module hold(p, n, c);
  inout p, n, c; electrical p, n, c;
  analog begin
    if (V(c) > 0.5) V(p, n) <+ 1; else I(p, n) <+ ddt(1u * V(p, n));
  end
endmodule
"""
    load(text, tmp_path)
    deck = f"t\nn1 b 0 c m\nr2 b 0 1k\nvc c 0 pulse(1 0 1m 1n 1n 10m 20m)\n.model m hold\n{EXACT}.tran 5u 4m\n.end\n"
    (tran,) = Circuit(deck).run()
    t = tran["time"]
    expected = np.where(t < 1e-3, 1.0, np.exp(-(t - 1e-3) / 1e-3))
    assert np.allclose(tran["v(b)"], expected, atol=2e-4)


@pytest.mark.parametrize(
    ("body", "conductance"),
    [
        ("V(p, n) <+ 3; I(p, n) <+ V(p, n) / 4;", 1 / 4),
        ("I(p, n) <+ 3; V(p, m) <+ 2 * I(p, m); V(p, n) <+ 1; I(p, n) <+ 0; I(m, n) <+ V(m, n) / 2;", 1 / 4),
        ("if (V(p, n) > 0) V(p, n) <+ 9; else I(p, n) <+ 1; I(p, n) <+ V(p, n) / 5;", 1 / 5),
        ("I(p, n) <+ V(p, n); if (V(p, n) > 5) V(p, n) <+ 1;", 1.0),
        ("I(p, n) <+ V(p, n); if (V(p, n) > 0) I(p, n) <+ V(p, n) / 2;", 1.5),
    ],
)
def test_the_last_kind_counts(body: str, conductance: float, tmp_path: Path) -> None:
    """A contribution of the other kind replaces those before; of the same kind they add up."""
    text = two_terminal(body, "electrical m;" if " m)" in body else "")
    assert close(current(text, tmp_path, 0.5), 0.5 * conductance)


def test_indirect_contributions(tmp_path: Path) -> None:
    """An ideal amplifier finds the output that makes its inputs equal; a gyrator and a root by equations."""
    text = f"""{HEAD}module opamp(out, pin, nin);
  inout out, pin, nin; electrical out, pin, nin;
  analog V(out) : V(pin, nin) == 0;
endmodule
module root(p, n);
  inout p, n; electrical p, n, x;
  analog begin
    V(x) : V(x) + pow(V(x), 3) == 10 * V(p, n);
    I(p, n) <+ V(x);
  end
endmodule
module integrator(out, in);
  inout out, in; electrical out, in;
  analog V(out) : ddt(V(out)) == 100 * V(in) - 50 * V(out);
endmodule
"""
    load(text, tmp_path)
    deck = "t\nv1 a 0 0.1\nr1 a b 1k\nr2 b o 7k\nn1 o 0 b m\nv2 q 0 1\nn2 q 0 k\n"
    deck += f".model m opamp\n.model k root\n{EXACT}.op\n.end\n"
    (op,) = Circuit(deck).run()
    assert math.isclose(float(op["v(o)"]), -0.7, rel_tol=1e-9)
    assert math.isclose(abs(float(op["i(v2)"])), 2.0, rel_tol=1e-9)
    deck = (
        f"t\nv1 a 0 dc 1 ac 1\nn1 o a m\nr1 o 0 1\n.model m integrator\n{EXACT}.op\n.ac lin 1 10 10\n.end\n"
    )
    op, ac = Circuit(deck).run()
    assert math.isclose(float(op["v(o)"]), 2.0, rel_tol=1e-9)
    assert np.isclose(ac["v(o)"][0], 100 / (50 + 2j * np.pi * 10), rtol=1e-9)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("V(p, n) : V(p, n);", "needs an equation"),
        ("V(p, n) : V(p, n) == 1; I(p, n) <+ 1;", "a direct and an indirect"),
        ("if (V(p, n) > 0) V(p, n) : V(p, n) == 1;", "cannot stand under a condition"),
        ("V(p, n) : V(p, n) == 1; V(p, n) : V(p, n) == 2;", "two indirect"),
    ],
)
def test_faults(body: str, sentence: str, tmp_path: Path) -> None:
    """What an indirect contribution cannot be."""
    with pytest.raises(CircuitnnError, match=sentence):
        current(two_terminal(body), tmp_path)


@pytest.mark.parametrize("thermal", ["0", "t"])
def test_port_that_a_module_grounds(thermal: str, tmp_path: Path) -> None:
    """A thermal port without self-heating, tied to ground by the module: grounded in the circuit, too, or left open."""
    text = f"""{HEAD}module warm(p, n, t);
  inout p, n, t; electrical p, n, t; branch (t) heat;
  parameter integer flag = 0;
  analog begin
    I(p, n) <+ V(p, n) / (100 + V(t));
    if (flag == 0) V(heat) <+ 0; else I(heat) <+ V(heat) / 50 - V(p, n) * V(p, n) / (100 + V(t));
  end
endmodule
"""
    load(text, tmp_path)
    deck = f"t\nv1 a 0 dc 1 ac 1\nn1 a 0 {thermal} m\n.model m warm\n{EXACT}.op\n.ac lin 1 1k 1k\n.end\n"
    op, ac = Circuit(deck).run()
    assert math.isclose(-float(op["i(v1)"]), 0.01, rel_tol=1e-9)
    assert np.isclose(-ac["i(v1)"][0], 0.01, rtol=1e-9)


def test_floating_inner_nodes_are_named(tmp_path: Path) -> None:
    """A module leaves its inner nodes apart where a resistance is 0: analyses say which nodes, and none with it."""
    text = (
        '`include "disciplines.vams"\nmodule dut(p, n); inout p, n; electrical p, n, m, k; parameter real r = 0;\n'
        "analog begin if (r > 0) I(p, m) <+ V(p, m) / r; "
        "I(m, k) <+ 1e-14 * (limexp(V(m, k) / 25m) - 1) + ddt(1p * V(m, k));\n"
        "if (r > 0) I(k, n) <+ V(k, n) / r; I(p, n) <+ V(p, n) / 1k; end endmodule\n"
    )
    load(text, tmp_path)
    deck = "t\nv1 a 0 dc -20 ac 1\nn1 a 0 m\n.model m dut r={}\n.ac lin 1 1k 1k\n.end\n"
    with pytest.raises(SingularMatrixError, match=r"nothing determines v\(n1#m\), v\(n1#k\); "):
        Circuit(deck.format(0)).run()
    (ac,) = Circuit(deck.format(500)).run()
    y = 1e-3 + 1 / (1000 + 1 / (2j * np.pi * 1e3 * 1e-12))
    assert np.allclose(ac["i(v1)"], -y, rtol=1e-9)


@pytest.mark.parametrize(
    ("contribution", "declared"),
    [
        ("I(x, n) <+ ddt(c * V(x, n)) + 1e-9 * I(<p>);", ""),
        ("I(x, n) <+ ddt(c * V(x, n)); V(n, z) <+ 0; I(z) <+ I(n, z) * 1e-9;", "electrical z;"),
        ("I(x, n) <+ (1 + 1e-9 * V(x, n)) * ddt(c * V(x, n));", ""),
    ],
)
def test_followed_currents_make_no_state(contribution: str, declared: str, tmp_path: Path) -> None:
    """Currents and derivatives that a module reads take as many points as SPICE's criterion asks for.

    An RC behind a milliohm at a sine that begins at zero: points and errors are those of the same R and C as
    elements. As states, currents took 20 times as many points; a node of a derivative had no error at all.
    """
    body = f"I(p, x) <+ V(p, x) / 1m; {contribution}"
    text = two_terminal(body, f"electrical x; {declared} parameter real c = 1p;")
    load(text, tmp_path)
    w, tau = 2 * math.pi * 1e8, 1e-9
    deck = "t\nv1 a 0 sin(0 1 100meg)\nr1 a b 1k\n{}.options reltol=1e-5\n.tran 1n 50n\n.end\n"
    points = []
    for device in ("n1 b 0 m\n.model m dut\n", "rs b c 1m\nc1 c 0 1p\n"):
        (tran,) = Circuit(deck.format(device)).run()
        t = tran["time"]
        exact = (np.sin(w * t) - w * tau * np.cos(w * t) + w * tau * np.exp(-t / tau)) / (1 + (w * tau) ** 2)
        assert np.max(np.abs(tran["v(b)"] - exact)) < 1e-3
        points.append(len(t))
    assert 0.9 * points[1] <= points[0] <= 1.1 * points[1], points


def test_an_integral_of_a_constant_at_a_port(tmp_path: Path) -> None:
    """Nothing moves its row: its unknown is in the equations of another one only."""
    load(
        f"{HEAD}module dut(out); inout out; electrical out; analog V(out) <+ idt(1M, 0.3); endmodule",
        tmp_path,
    )
    (tran,) = Circuit("t\nn1 out m\n.model m dut\nr1 out 0 1k\n.tran 10n 2.5u\n.end\n").run()
    np.testing.assert_allclose(tran["v(out)"], 0.3 + 1e6 * tran["time"], rtol=1e-6)
