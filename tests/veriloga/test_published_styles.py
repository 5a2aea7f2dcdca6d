"""Modules written as published models of memristors, magnetic junctions and ferroelectric devices are."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from verilog_a_modules import HEAD, load, two_terminal

from circuitnn import Circuit

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*is read before it is assigned"),
    pytest.mark.filterwarnings("ignore:.*draws random numbers anew"),
]

MACROSPIN = f"""{HEAD}`define HK 1e5
module macrospin(p, n, mz);
  inout p, n; output mz; electrical p, n, mz;
  parameter real alpha = 0.02, theta0 = 0.3, spin = 6e5;
  parameter integer thermal = 0;
  parameter real strength = 0;
  integer seed;
  real theta, phi, ht, hp, torque, gamma, last, dt;
  analog begin
    @(initial_step) begin
      gamma = 2.211e5 / (1 + alpha * alpha);
      theta = theta0; phi = 0.5; last = -1p;
    end
    dt = $abstime - last; last = $abstime;
    V(mz) <+ cos(theta);
    I(p, n) <+ V(p, n) / (1k * (1 - 0.4 * cos(theta)));
    ht = -`HK * sin(theta) * cos(theta);
    hp = 0;
    if (thermal) begin
      ht = ht + $rdist_normal(seed, 0, strength) / sqrt(dt);
      hp = hp + $rdist_normal(seed, 0, strength) / sqrt(dt);
    end
    torque = spin * V(p, n) * sin(theta);
    theta = idt(gamma * (hp + alpha * ht + torque / 10), theta0, 0, 1e-8);
    phi = idtmod(gamma / sin(theta) * (alpha * hp - ht), 0.5, 2 * `M_PI, 0, 1e-8);
  end
endmodule
"""


def macrospin(t: np.ndarray, voltage: float) -> np.ndarray:
    """Polar angle of that magnet."""
    gamma = 2.211e5 / (1 + 0.02**2)

    def rate(_: float, y: np.ndarray) -> list[float]:
        return [gamma * (-0.02 * 1e5 * math.sin(y[0]) * math.cos(y[0]) + 6e4 * voltage * math.sin(y[0]))]

    found: np.ndarray = solve_ivp(rate, (0, t[-1]), [0.3], rtol=1e-10, atol=1e-12, dense_output=True).sol(t)[
        0
    ]
    return found


def test_magnet(tmp_path: Path) -> None:
    """Angles by `idt` and `idtmod`, read above where they are assigned; the current switches the magnet."""
    load(MACROSPIN, tmp_path)
    for voltage in (-0.1, 0.05):
        deck = f"t\nv1 a 0 {voltage}\nn1 a 0 mz m\nr1 mz 0 1k\n.model m macrospin\n.tran 10p 3n\n.end\n"
        (tran,) = Circuit(deck).run()
        assert np.allclose(tran["v(mz)"], np.cos(macrospin(tran["time"], voltage)), atol=1e-3)


def test_thermal_field(tmp_path: Path) -> None:
    """A magnet at rest under a field that is drawn at each point: the spread of its angle is that of theory."""
    load(MACROSPIN, tmp_path)
    count, strength, end, gamma, alpha = 200, 2e-3, 0.2e-9, 2.211e5 / (1 + 0.02**2), 0.02
    diffusion = gamma * gamma * strength * strength * (1 + alpha * alpha)
    for step in ("1p", "4p"):
        deck = "t\n" + "".join(f"v{k} a{k} 0 0\nn{k} a{k} 0 z{k} m\nr{k} z{k} 0 1k\n" for k in range(count))
        deck += f".model m macrospin theta0={math.pi / 2!r} thermal=1 strength={strength}\n"
        deck += f".tran {step} {end} 0 {step}\n.end\n"
        (tran,) = Circuit(deck).run()
        angle = np.array([math.acos(tran[f"v(z{k})"][-1]) - math.pi / 2 for k in range(count)])
        growth = 2 * gamma * alpha * 1e5  # of the variance, at the top of the barrier
        expected = diffusion * (math.exp(growth * end) - 1) / growth
        assert abs(angle.mean()) < 3.3 * math.sqrt(expected / count)
        assert abs(angle.var() / expected - 1) < 3.3 * math.sqrt(2 / count) + 0.02


def test_domains(tmp_path: Path) -> None:
    """Ferroelectric domains whose coercive voltages are drawn once: the loop is their distribution function."""
    body = """
  @(initial_step) for (i = 0; i < 100; i = i + 1) begin
    vc[i] = $rdist_normal(seed, 1, 0.2); s[i] = -1;
  end
  p_total = 0;
  for (i = 0; i < 100; i = i + 1) begin
    if (V(p,n) > vc[i]) s[i] = 1; else if (V(p,n) < -vc[i]) s[i] = -1;
    p_total = p_total + s[i] / 100;
  end
  I(p,n) <+ p_total;
"""
    load(two_terminal(body, "real vc[0:99], s[0:99], p_total; integer i, seed;"), tmp_path)
    (tran,) = Circuit(
        "t\nv1 a 0 pwl(0 0 1 2 3 -2 4 0)\nn1 a 0 m\n.model m dut\n.options seed=3\n.tran 10m 4\n.end\n"
    ).run()
    t, polarisation = tran["time"], -tran["i(v1)"]
    for at, expected in ((0.4, -1.0), (0.5, 0.0), (0.6, 0.682), (1.5, 1.0), (2.5, 0.0), (3.5, -1.0)):
        assert abs(np.interp(at, t, polarisation) - expected) < 3.3 * 2 * math.sqrt(0.25 / 100) + 0.02


def test_gap_with_variation(tmp_path: Path) -> None:
    """A gap whose rate has a random part at bounded steps: its mean and its spread are those of a random walk."""
    body = """
  $bound_step(step);
  @(initial_step) s = seed0;
  rate = -v0 * sinh(V(p,n));
  noise = $rdist_normal(s, 0, 1) * d0;
  gap = idt(rate + noise, 1.5);
  if (gap < 0.2) gap = 0.2; else if (gap > 1.7) gap = 1.7;
  I(p,n) <+ gap * 1m;
"""
    names = "real gap, rate, noise; integer s; parameter integer seed0 = 0;"
    names += "parameter real step = 1n, v0 = 1e7, d0 = 1e7;"
    load(two_terminal(body, names), tmp_path)
    count = 150
    deck = "t\n" + "".join(f"v{k} a{k} 0 0.5\nn{k} a{k} 0 m\n" for k in range(count))
    (tran,) = Circuit(f"{deck}.model m dut\n.options itl4=50\n.tran 1n 50n\n.end\n").run()
    assert np.diff(tran["time"]).max() < 1.001e-9
    gaps = np.array([-1e3 * tran[f"i(v{k})"][-1] for k in range(count)])
    spread = 1e7 * math.sqrt(np.sum(np.diff(tran["time"]) ** 2))
    assert abs(gaps.mean() - (1.5 - 1e7 * math.sinh(0.5) * 50e-9)) < 3.3 * spread / math.sqrt(count)
    assert abs(gaps.std() / spread - 1) < 3.3 / math.sqrt(2 * count)
