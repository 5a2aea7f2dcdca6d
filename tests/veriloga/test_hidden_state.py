"""Variables that keep their values from point to point, against integrations by SciPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from verilog_a_modules import close, load, two_terminal

from circuitnn import Circuit
from circuitnn.crossbar import Crossbar, Device
from circuitnn.errors import AnalysisError
from circuitnn.results import Result

pytestmark = pytest.mark.filterwarnings("ignore:.*is read before it is assigned")
DECK = "t\nv1 a 0 {source}\nn1 a 0 m\n.model m dut\n{options}\n.tran {times}\n.end\n"


def simulated(source: str, times: str, options: str = "") -> Result:
    """A transient of a device at a voltage source."""
    (tran,) = Circuit(DECK.format(source=source, times=times, options=options)).run()
    return tran


def exact(rate: Callable, times: np.ndarray, start: list[float], longest: float) -> np.ndarray:
    """States at some times."""
    found = solve_ivp(
        rate, (0.0, times[-1]), start, "LSODA", dense_output=True, rtol=1e-9, atol=1e-12, max_step=longest
    )
    states: np.ndarray = found.sol(times)
    return states


WINDOWED = """
  @(initial_step) x = x0;
  dt = $abstime - last;
  window = 1 - pow(2 * x - 1, 4);
  x = x + k * V(p,n) * window * dt;
  if (x > 1) x = 1; else if (x < 0) x = 0;
  last = $abstime;
  I(p,n) <+ V(p,n) / (100 * x + 16k * (1 - x));
"""
NAMES = "real x, dt, last, window; parameter real x0 = 0.1, k = 3k;"


def windowed(t: np.ndarray) -> np.ndarray:
    """Current of that memristor at a sine of 1 V and 1 kHz."""
    x = exact(lambda t, x: 3e3 * math.sin(2e3 * math.pi * t) * (1 - (2 * x - 1) ** 4), t, [0.1], 1e-5)[0]
    current: np.ndarray = np.sin(2e3 * math.pi * t) / (100 * x + 16e3 * (1 - x))
    return current


def test_a_state_of_its_own_steps(tmp_path: Path) -> None:
    """`x = x + f*dt`: steps follow the state, so that the error is about reltol, whatever the steps of the deck."""
    load(two_terminal(WINDOWED, NAMES), tmp_path)
    for times in ("10u 2m", "100u 2m"):
        tran = simulated("sin(0 1 1k)", times)
        expected = windowed(tran["time"])
        assert np.abs(-tran["i(v1)"] - expected).max() < 1e-3 * np.abs(expected).max()


def test_an_integral_that_is_read_first(tmp_path: Path) -> None:
    """`x = idt(f(x))`, with x read above: its present value, and no more steps than an integral needs."""
    body = """
  window = 1 - pow(2 * x - 1, 4);
  x = idt(k * V(p,n) * window, x0);
  if (x > 1) x = 1; else if (x < 0) x = 0;
  I(p,n) <+ V(p,n) / (100 * x + 16k * (1 - x));
"""
    load(two_terminal(body, NAMES), tmp_path)
    with pytest.warns(UserWarning, match="'x' of 'dut' is read before it is assigned: as it is an integral"):
        tran = simulated("sin(0 1 1k)", "10u 2m")
    assert len(tran["time"]) < 1000
    expected = windowed(tran["time"])
    assert np.abs(-tran["i(v1)"] - expected).max() < 1e-3 * np.abs(expected).max()


def test_a_state_that_runs_away(tmp_path: Path) -> None:
    """A gap that closes ever faster, by Joule heat in a variable of its own: the moment is right to a thousandth."""
    body = """
  @(initial_step) begin gap = 1.7; heat = 300; end
  dt = $abstime - last;
  gap = gap - 2e15 * exp(-0.6 / (8.617e-5 * heat)) * sinh(5 * V(p,n)) * dt;
  if (gap < 0.2) gap = 0.2;
  if (gap > 1.7) gap = 1.7;
  current = 1m * exp(-gap / 0.25) * sinh(V(p,n) / 0.25);
  heat = (heat + dt / 1n * (300 + 5e4 * abs(V(p,n) * current))) / (1 + dt / 1n);
  last = $abstime;
  I(p,n) <+ current;
"""
    load(two_terminal(body, "real gap, heat, dt, last, current;"), tmp_path)
    tran = simulated("pulse(0 1 10n 5n 5n 1u 3u)", "1n 200n")

    def voltage(t: float) -> float:
        return min(max((t - 10e-9) / 5e-9, 0.0), 1.0)

    def rate(t: float, y: np.ndarray) -> list[float]:
        v, gap = voltage(t), min(max(y[0], 0.2), 1.7)
        current = 1e-3 * math.exp(-gap / 0.25) * math.sinh(v / 0.25)
        speed = 2e15 * math.exp(-0.6 / (8.617e-5 * y[1])) * math.sinh(5 * v)
        return [-speed if y[0] > 0.2 else 0.0, (300 + 5e4 * abs(v * current) - y[1]) / 1e-9]

    grid = np.linspace(0, 200e-9, 20001)
    gap = np.clip(exact(rate, grid, [1.7, 300.0], 0.1e-9)[0], 0.2, 1.7)
    closed = grid[np.argmax(gap < 0.21)]
    mine = tran["time"][np.argmax(-tran["i(v1)"] > 1e-3 * math.exp(-0.21 / 0.25) * math.sinh(1 / 0.25))]
    assert 20e-9 < closed < 150e-9
    assert abs(mine - closed) < 1e-3 * (closed - 10e-9) + 2e-11
    assert close(-tran["i(v1)"][-1], 1e-3 * math.exp(-0.2 / 0.25) * math.sinh(1 / 0.25), 1e-6)


def test_turning_points(tmp_path: Path) -> None:
    """Extremes kept in variables, as hysteresis models do; values before the first point come from parameters."""
    body = """
  @(initial_step) begin top = start; bottom = -start; end
  if (V(p,n) > top) top = V(p,n);
  if (V(p,n) < bottom) bottom = V(p,n);
  I(p,n) <+ top + 10 * bottom;
"""
    load(two_terminal(body, "real top, bottom; parameter real start = 0.2;"), tmp_path)
    tran = simulated("pwl(0 0 1 1 2 -0.5 3 2 4 -1)", "10m 4")
    v = tran["v(a)"]
    expected = np.maximum(np.maximum.accumulate(v), 0.2) + 10 * np.minimum(np.minimum.accumulate(v), -0.2)
    assert np.allclose(-tran["i(v1)"], expected, atol=1e-9)


def test_a_run_that_goes_on(tmp_path: Path) -> None:
    """The state at the end of a run has the variables: a second run goes on from there."""
    load(two_terminal(WINDOWED, NAMES), tmp_path)
    circuit = Circuit(DECK.format(source="sin(0 1 1k)", times="10u 2m", options=""))
    half = circuit.tran(1.1e-3, 10e-6)
    rest = circuit.tran(2e-3, 10e-6, start=half.final_state)
    expected = windowed(rest["time"])
    assert np.abs(-rest["i(v1)"] - expected).max() < 1.5e-3 * np.abs(expected).max()


def test_many_instances(tmp_path: Path) -> None:
    """Instances that would rest, since nothing moves them, keep on counting time; each has its own variables."""
    body = "@(initial_step) x = x0; x = x + ($abstime - last); last = $abstime; I(p,n) <+ x;"
    load(two_terminal(body, "real x, last; parameter real x0 = 0;"), tmp_path)
    deck = "t\n" + "".join(f"v{k} a{k} 0 1\nn{k} a{k} 0 m x0={k}\n" for k in range(40))
    (tran,) = Circuit(f"{deck}.model m dut\n.tran 10u 1m\n.end\n").run()
    for k in range(0, 40, 7):
        assert np.allclose(-tran[f"i(v{k})"], k + tran["time"], rtol=1e-12, atol=1e-15)


def test_jumps_cost_few_points(tmp_path: Path) -> None:
    """A variable that jumps is no state to be followed: the jump is located, and steps grow again."""
    body = "if (V(p,n) > 0.5 && x < 1) x = 2 * x + 1; I(p,n) <+ x;"
    load(two_terminal(body, "real x;"), tmp_path)
    tran = simulated("pwl(0 0 1m 1)", "10u 1m")
    assert len(tran["time"]) < 400
    jump = tran["time"][np.argmax(-tran["i(v1)"] > 0.5)]
    assert abs(jump - 0.5e-3) < 1e-7


def test_arrays_of_such_cells(tmp_path: Path) -> None:
    """Cells whose variables and random numbers keep their values: products are those of the conductances they have."""
    body = "@(initial_step) x = x0 * $rdist_uniform(seed, 1, 1.000001);"
    body += "x = x + V(p,n) * ($abstime - last); last = $abstime; I(p,n) <+ x * V(p,n);"
    load(two_terminal(body, "integer seed; real x, last; parameter real x0 = 1m;"), tmp_path)
    lines = dict.fromkeys(
        ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"), 2.0
    )
    g = np.array([[1e-3, 2e-3, 3e-3], [4e-3, 5e-3, 6e-3]])
    found = Crossbar(2, 3, Device("dut", x0=g), **lines).mvm([0.5, 0.25])
    assert np.allclose(found, Crossbar(2, 3, g, **lines).mvm([0.5, 0.25]), rtol=1e-5)


def test_periodic_orbits(tmp_path: Path) -> None:
    """What changes from point to point is no unknown of an orbit: this is told, and not computed wrongly."""
    load(two_terminal(WINDOWED, NAMES), tmp_path)
    cards = "t\nv1 a 0 sin(0 1 1k)\nn1 a 0 m\n.model m dut\n.pss 1k 1m a 64 4\n.end\n"
    with pytest.raises(AnalysisError, match=r"keeps the variable '(last|x)' from point to point"):
        Circuit(cards).run()
    load(two_terminal("I(p,n) <+ 1m * (V(p,n) + idt(k * V(p,n), 0 * V(p,n)));", NAMES), tmp_path)
    assert Circuit(cards).run()
