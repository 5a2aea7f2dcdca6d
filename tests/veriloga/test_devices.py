"""Small modules against closed forms and against the built-in devices: op, dc, ac, noise, transients."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, load, two_terminal

from circuitnn import Circuit
from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE
from circuitnn.errors import CircuitnnError

EXACT = ".options reltol=1e-8 abstol=1e-16 vntol=1e-10 chgtol=1e-20\n"
K_OVER_Q = BOLTZMANN / ELEMENTARY_CHARGE
DIODE = f"""{HEAD}module vadiode(a, c);
  inout a, c; electrical a, c, ai;
  parameter real is = 1e-14 from (0:inf);
  parameter real rs = 0 from [0:inf);
  parameter real cj0 = 1p;
  branch (ai, c) j;
  real vt, id;
  (* desc = "conductance", units = "S" *) real gd;
  analog begin
    vt = {K_OVER_Q!r} * $temperature;
    id = is * (limexp($limit(V(j), "pnjlim", vt, vt * ln(vt / (1.414 * is))) / vt) - 1) + $simparam("gmin") * V(j);
    gd = ddx(id, V(ai));
    I(j) <+ id + ddt(cj0 * V(j));
    I(j) <+ white_noise(2 * {ELEMENTARY_CHARGE!r} * id, "shot");
    if (rs > 0) begin
      I(a, ai) <+ V(a, ai) / rs;
      I(a, ai) <+ white_noise(4 * {BOLTZMANN!r} * $temperature / rs, "thermal");
    end else
      V(a, ai) <+ 0;
  end
endmodule
"""


def test_diode_beside_the_built_in_one(tmp_path: Path) -> None:
    """Operating point, sweep, ac, noise and a transient, with and without an inner node."""
    load(DIODE, tmp_path)
    for rs in (0, 50):
        card = f".model m vadiode is=1e-14 rs={rs} cj0=1p\n.model d d is=1e-14 rs={rs} cjo=1p m=0\n"
        runs = []
        for device in ("n1 b 0 m", "d1 b 0 d"):
            deck = f"t\nv1 a 0 dc 0.7 ac 1 sin(0.3 0.5 1meg)\nr1 a b 1k\n{device}\n{card}{EXACT}"
            deck += (
                ".op\n.dc v1 -1 1 0.1\n.ac dec 3 1k 1g\n.noise v(b) v1 dec 2 1k 1meg\n.tran 10n 2u\n.end\n"
            )
            runs.append(Circuit(deck).run())
        for mine, theirs in zip(*runs, strict=True):
            if mine.analysis == "tran":
                grid = np.linspace(0, 2e-6, 300)
                a, b = (np.interp(grid, r["time"], r["v(b)"]) for r in (mine, theirs))
                assert np.allclose(a, b, atol=1e-4)
                continue
            name = "onoise_spectrum" if "onoise_spectrum" in mine.names else "v(b)"
            name = name if name in mine.names else "onoise_total"
            assert np.allclose(mine[name], theirs[name], rtol=1e-6, atol=1e-18), (rs, mine.analysis)


def test_value_of_a_device(tmp_path: Path) -> None:
    """A variable with description and unit is a value of the device."""
    load(DIODE, tmp_path)
    deck = "t\nv1 a 0 0.6\nn1 a 0 m\n.model m vadiode is=1e-14\n.save all @n1[gd]\n.op\n.end\n"
    (op,) = Circuit(deck).run()
    vt = K_OVER_Q * 300.15
    assert math.isclose(float(op["@n1[gd]"]), 1e-14 / vt * math.exp(0.6 / vt) + 1e-12, rel_tol=1e-9)


def test_resistors_of_two_structures_in_one_circuit(tmp_path: Path) -> None:
    """Devices whose parameters ask for different structures stand side by side."""
    load(DIODE, tmp_path)
    deck = "t\nv1 a 0 1\nn1 a b ma\nn2 b 0 mb\n.model ma vadiode rs=0\n.model mb vadiode rs=1k\n" + EXACT
    (op,) = Circuit(deck + ".op\n.end\n").run()
    other = deck.replace("n1", "d1").replace("n2", "d2").replace("vadiode", "d")
    (expected,) = Circuit(other + ".op\n.end\n").run()
    assert math.isclose(float(op["v(b)"]), float(expected["v(b)"]), rel_tol=1e-7)


def test_sources_and_flows(tmp_path: Path) -> None:
    """Potential contributions, probes of flows, an inductor, a controlled source."""
    text = f"""{HEAD}module vrl(p, n);
  inout p, n; electrical p, n, m;
  parameter real r = 100, l = 1m;
  analog begin
    V(p, m) <+ r * I(p, m);
    V(m, n) <+ l * ddt(I(m, n));
  end
endmodule
module vsource(p, n, c);
  inout p, n, c; electrical p, n, c;
  analog begin
    V(p, n) <+ 2 * V(c);
    I(c) <+ V(c) / 1k + 3 * I(p, n);
  end
endmodule
"""
    load(text, tmp_path)
    deck = "t\nv1 a 0 dc 1 ac 1\nn1 a 0 m\n.model m vrl\n.op\n.ac lin 1 10k 10k\n.end\n"
    op, ac = Circuit(deck).run()
    assert math.isclose(-float(op["i(v1)"]), 0.01, rel_tol=1e-9)
    assert np.isclose(-complex(ac["i(v1)"][0]), 1 / (100 + 2j * math.pi * 1e4 * 1e-3), rtol=1e-9)
    deck = "t\nv1 c 0 1\nn1 p 0 c m\nr1 p 0 1k\n.model m vsource\n.op\n.end\n"
    (op,) = Circuit(deck).run()
    assert math.isclose(float(op["v(p)"]), 2.0, rel_tol=1e-9)
    # the flow of the branch is what leaves p inside the device: -2 mA
    assert math.isclose(-float(op["i(v1)"]), 1e-3 - 6e-3, rel_tol=1e-9)


def test_memristor(tmp_path: Path) -> None:
    """An integral with an initial value against its closed form."""
    text = two_terminal(
        "x = idt(k * V(p, n), x0);\nI(p, n) <+ V(p, n) * (0.001 + 0.01 * x);",
        "  real x; parameter real k = 1e3, x0 = 0.25;",
    )
    load(text, tmp_path)
    deck = f"t\nv1 a 0 sin(0 0.5 1k)\nn1 a 0 m\n.model m dut k=500 x0=0.3\n{EXACT}.tran 1u 2m\n.end\n"
    (tran,) = Circuit(deck).run()
    time, w = tran["time"], 2 * math.pi * 1e3
    x = 0.3 + 500 * 0.5 / w * (1 - np.cos(w * time))
    assert np.allclose(-tran["i(v1)"], 0.5 * np.sin(w * time) * (0.001 + 0.01 * x), atol=2e-8)
    (op,) = Circuit(deck.replace(".tran 1u 2m", ".op").replace("sin(0 0.5 1k)", "1")).run()
    assert math.isclose(-float(op["i(v1)"]), 0.004, rel_tol=1e-9)


def test_thermal_node(tmp_path: Path) -> None:
    """Self-heating through a thermal node: a fixed point by hand."""
    text = f"""{HEAD}module hot(p, n, t);
  inout p, n, t; electrical p, n; thermal t;
  parameter real r = 100, alpha = 0.01, rth = 50;
  real i;
  analog begin
    i = V(p, n) / (r * (1 + alpha * Temp(t)));
    I(p, n) <+ i;
    Pwr(t) <+ Temp(t) / rth - i * V(p, n);
  end
endmodule
"""
    load(text, tmp_path)
    (op,) = Circuit("t\nv1 a 0 10\nn1 a 0 t m\n.model m hot\n.options reltol=1e-9\n.op\n.end\n").run()
    rise = float(op["v(t)"])
    assert math.isclose(rise, 50 * 100 / (100 * (1 + 0.01 * rise)), rel_tol=1e-8)


def test_mosfet_level_1(tmp_path: Path) -> None:
    """Four terminals, a polarity, charges: beside the built-in model."""
    text = f"""{HEAD}module vamos(d, g, s, b);
  inout d, g, s, b; electrical d, g, s, b;
  parameter integer type = 1 from [-1:1] exclude 0;
  parameter real vto = 1, kp = 2e-5, lambda = 0.02, w = 10u, l = 1u, cgso = 1n;
  real vgs, vds, beta, id, sign;
  analog begin
    vgs = type * V(g, s); vds = type * V(d, s); sign = 1;
    if (vds < 0) begin vgs = type * V(g, d); vds = -vds; sign = -1; end
    beta = kp * w / l * (1 + lambda * vds);
    if (vgs <= vto) id = 0;
    else if (vds < vgs - vto) id = beta * vds * (vgs - vto - vds / 2);
    else id = beta / 2 * (vgs - vto) * (vgs - vto);
    I(d, s) <+ type * sign * id;
    I(g, s) <+ ddt(cgso * w * V(g, s));
  end
endmodule
"""
    load(text, tmp_path)
    for polarity, kind in ((1, "nmos"), (-1, "pmos")):
        card = f".model m vamos type={polarity}\n.model b {kind} vto={polarity} kp=2e-5 lambda=0.02\n"
        runs = []
        for device in ("n1 d g s bb m", "m1 d g s bb b w=10u l=1u"):
            deck = f"t\nvd d 0 {3 * polarity}\nvg g 0 {2.5 * polarity}\nvs s 0 0\nvb bb 0 {-5 * polarity}\n"
            deck += f"{device}\n{card}{EXACT}"
            deck += f".dc vd {-2 * polarity} {4 * polarity} {0.25 * polarity}\n.end\n"
            runs.append(Circuit(deck).run()[0])
        scale = np.abs(runs[1]["i(vd)"]).max()
        assert np.allclose(runs[0]["i(vd)"], runs[1]["i(vd)"], atol=1e-7 * scale)


def test_initial_value_that_depends_on_a_voltage(tmp_path: Path) -> None:
    """The operating point has the initial value; from there on the integral runs."""
    load(two_terminal("I(p, n) <+ idt(100 * V(p, n), 3 * V(p, n));"), tmp_path)
    deck = f"t\nv1 a 0 0.25\nn1 a 0 m\n.model m dut\n{EXACT}.op\n.tran 1m 20m\n.end\n"
    op, tran = Circuit(deck).run()
    assert math.isclose(-float(op["i(v1)"]), 0.75, rel_tol=1e-9)
    assert np.allclose(-tran["i(v1)"], 0.75 + 25 * tran["time"], rtol=1e-6)


@pytest.mark.parametrize(
    ("card", "fault"), [("lo=5 hi=7", ""), ("lo=5 hi=3", "hi = 3 lies outside"), ("hi=0.5", "hi = 0.5")]
)
def test_range_that_ends_where_another_parameter_says(card: str, fault: str, tmp_path: Path) -> None:
    text = f"""{HEAD}module bounded(p, n);
  inout p, n; electrical p, n;
  parameter real lo = 1.0 from (0:inf);
  parameter real hi = 2.0 from [lo:inf);
  analog I(p, n) <+ V(p, n) / hi;
endmodule
"""
    load(text, tmp_path)
    circuit = Circuit(f"t\nv1 a 0 1\nn1 a 0 m\n.model m bounded {card}\n.end\n")
    if fault:
        with pytest.raises(CircuitnnError, match=fault):
            circuit.op()
    else:
        assert circuit.op()["i(v1)"] == pytest.approx(-1.0 / 7.0)
