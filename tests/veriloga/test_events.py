"""Events and operators with a memory against closed forms."""

from __future__ import annotations

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from verilog_a_modules import HEAD, close, load, two_terminal

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError, DeckWarning
from circuitnn.results import Result

SINE, PERIOD = "sin(0 1 1k)", 1e-3


def simulated(
    body: str, folder: Path, declarations: str = "", source: str = SINE, times: str = "10u 3m", card: str = ""
) -> Result:
    """A transient of a device at a voltage source."""
    load(two_terminal(body, declarations), folder)
    (tran,) = Circuit(f"t\nv1 a 0 {source}\nn1 a 0 m\n.model m dut {card}\n.tran {times}\n.end\n").run()
    return tran


def current(tran: Result, at: float | np.ndarray) -> np.ndarray:
    """Current through the device at some times."""
    return np.interp(at, tran["time"], -tran["i(v1)"])


def jumps(tran: Result, least: float) -> np.ndarray:
    """Times at which the current jumps."""
    i = -tran["i(v1)"]
    return tran["time"][1:][np.abs(np.diff(i)) > least]


UP, DOWN = math.asin(0.5) / (2 * math.pi) * PERIOD, (math.pi - math.asin(0.5)) / (2 * math.pi) * PERIOD


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("+1", [UP, UP + PERIOD, UP + 2 * PERIOD]),
        ("-1", [DOWN, DOWN + PERIOD, DOWN + 2 * PERIOD]),
        ("0", [t + k * PERIOD for k in range(3) for t in (UP, DOWN)]),
    ],
)
def test_cross(direction: str, expected: list[float], tmp_path: Path) -> None:
    """Crossings fall at their times, in their direction, and a counter counts them."""
    body = f"@(cross(V(p,n) - 0.5, {direction})) begin x = x + 1; at = $abstime; end\nI(p,n) <+ x;"
    tran = simulated(body, tmp_path, "real x, at;")
    assert np.allclose(jumps(tran, 0.5), expected, atol=2e-8)
    assert close(current(tran, 3e-3), len(expected))


def test_moment_of_a_crossing(tmp_path: Path) -> None:
    """What the statements of an event compute holds at its moment, not at the end of a step."""
    body = "@(cross(V(p,n) - 0.5, 1)) at = $abstime;\nI(p,n) <+ at;"
    tran = simulated(body, tmp_path, "real at;", times="50u 1m")
    assert abs(current(tran, 1e-3) - UP) < 1e-8


def test_nothing_is_crossed_at_the_start(tmp_path: Path) -> None:
    """A voltage that begins at the threshold, or beyond it, has not crossed it."""
    body = "@(cross(V(p,n), 1)) x = x + 1;\nI(p,n) <+ x;"
    assert close(current(simulated(body, tmp_path, "real x;"), 2.5e-3), 2)
    assert close(current(simulated(body, tmp_path, "real x;", "sin(0 1 1k 0 0 90)"), 2.5e-3), 2)


def test_above(tmp_path: Path) -> None:
    """`above` happens at an operating point, too."""
    body = "@(above(V(p,n) - 0.5)) x = x + 1;\nI(p,n) <+ x;"
    assert close(current(simulated(body, tmp_path, "real x;"), 2.5e-3), 3)
    load(two_terminal(body, "real x;"), tmp_path)
    for voltage, expected in ((0.4, 0.0), (0.6, 1.0)):
        (op,) = Circuit(f"t\nv1 a 0 {voltage}\nn1 a 0 m\n.model m dut\n.op\n.end\n").run()
        assert close(-float(op["i(v1)"]), expected)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("timer(0.25m)", [0.25e-3]),
        ("timer(0.1m, 0.5m)", [0.1e-3 + 0.5e-3 * k for k in range(6)]),
        ("timer(next)", [0.2e-3, 0.7e-3, 1.2e-3, 1.7e-3, 2.2e-3, 2.7e-3]),
        ("timer(delay, 1m)", [0.3e-3, 1.3e-3, 2.3e-3]),
        ("timer(0.1m) or timer(0.4m)", [0.1e-3, 0.4e-3]),
        ("timer(0.1m, 0.5m, 0, $abstime > 1m)", [1.1e-3, 1.6e-3, 2.1e-3, 2.6e-3]),
    ],
)
def test_timer(event: str, expected: list[float], tmp_path: Path) -> None:
    """Once, again and again, at moments that a variable holds; a step ends there."""
    body = (
        f"@(initial_step) next = 0.2m; @({event}) begin x = x + 1; next = $abstime + 0.5m; end I(p,n) <+ x;"
    )
    tran = simulated(body, tmp_path, "real x, next; parameter real delay = 0.3m;")
    assert np.allclose(jumps(tran, 0.5), expected, atol=2e-9)
    assert all(np.min(np.abs(tran["time"] - t)) < 1e-15 for t in expected)


def test_at_the_start_or_later(tmp_path: Path) -> None:
    """A list of events, of which one is the first point."""
    body = "@(initial_step or cross(V(p,n) - 0.5, 1)) x = x + 1;\nI(p,n) <+ x;"
    tran = simulated(body, tmp_path, "real x;")
    assert close(current(tran, 0.0), 1)
    assert close(current(tran, 3e-3), 4)


def test_voltage_at_the_start(tmp_path: Path) -> None:
    """A voltage that the first point gives is kept."""
    body = "@(initial_step) v0 = V(p,n);\nI(p,n) <+ v0 + 10 * V(p,n);"
    tran = simulated(body, tmp_path, "real v0;", "pwl(0 0.25 1m 1)", "10u 1m")
    assert close(current(tran, 1e-3), 0.25 + 10.0)


def test_a_latch_with_two_thresholds(tmp_path: Path) -> None:
    """Two events of one variable: hysteresis as of a threshold switch."""
    body = "@(cross(V(p,n) - 0.5, +1)) on = 1; @(cross(V(p,n) - 0.1, -1)) on = 0;\nI(p,n) <+ V(p,n) * (1 + 9 * on);"
    tran = simulated(body, tmp_path, "integer on;")
    t = np.linspace(0, 3e-3, 2001)
    v, on, state = np.sin(2 * math.pi * 1e3 * t), [], 0.0
    for value, slope in zip(v, np.cos(2 * math.pi * 1e3 * t), strict=True):
        state = 1.0 if value > 0.5 and slope > 0 else 0.0 if value < 0.1 else state
        on.append(state)
    off = np.abs(current(tran, t) - v * (1 + 9 * np.array(on))) > 2e-2
    assert np.mean(off) < 0.01  # grid points beside a jump


def test_events_of_an_oscillator(tmp_path: Path) -> None:
    """Statements of an event change the way of a capacitor: a relaxation oscillator of known period."""
    text = f"""{HEAD}module relax(out);
  inout out; electrical out;
  integer on;
  analog begin
    @(cross(V(out) - 0.8, +1)) on = 1;
    @(cross(V(out) - 0.2, -1)) on = 0;
    I(out) <+ on ? V(out) / 1k : (V(out) - 1) / 1k;
    I(out) <+ ddt(1n * V(out));
  end
endmodule
"""
    load(text, tmp_path)
    (tran,) = Circuit("t\nn1 a m\nr1 a 0 1t\n.ic v(a)=0\n.model m relax\n.tran 10n 20u\n.end\n").run()
    v, t = tran["v(a)"], tran["time"]
    tops = t[1:-1][(v[1:-1] > v[:-2]) & (v[1:-1] >= v[2:]) & (v[1:-1] > 0.75)]
    tops = tops[np.insert(np.diff(tops) > 1e-7, 0, True)]
    assert np.allclose(np.diff(tops), 2e-6 * math.log(4), rtol=1e-4)


def test_last_crossing(tmp_path: Path) -> None:
    """Negative before the first crossing, then its time."""
    tran = simulated("I(p,n) <+ last_crossing(V(p,n) - 0.5, -1);", tmp_path)
    assert close(current(tran, 0.1e-3), -1.0)
    assert np.allclose(current(tran, np.array([0.9e-3, 1.9e-3])), [DOWN, DOWN + PERIOD], atol=1e-8)


@pytest.mark.parametrize("delay", [0.0, 0.05e-3, 0.7e-3])
def test_transition(delay: float, tmp_path: Path) -> None:
    """Straight edges after a delay, also one that is longer than a pulse."""
    tran = simulated(f"I(p,n) <+ transition(V(p,n) > 0.5 ? 3 : 1, {delay}, 0.1m, 0.2m);", tmp_path)
    times, values = [0.0], [1.0]
    for k in range(3):
        times += [UP + k * PERIOD + delay, UP + k * PERIOD + delay + 0.1e-3]
        times += [DOWN + k * PERIOD + delay, DOWN + k * PERIOD + delay + 0.2e-3]
        values += [1.0, 3.0, 3.0, 1.0]
    t = np.linspace(0, 3e-3, 901)
    assert np.allclose(current(tran, t), np.interp(t, times, values), atol=2e-3)


def test_slew(tmp_path: Path) -> None:
    """Slopes are limited at every point, upwards and downwards."""
    tran = simulated("I(p,n) <+ slew(V(p,n), 2k, -4k);", tmp_path, "", "pulse(0 1 1m 1u 1u 0.8m 3m)")
    t = tran["time"]
    up = np.clip(2e3 * (t - 1e-3), 0.0, 1.0)
    expected = np.where(t < 1.801e-3, up, np.clip(1 - 4e3 * (t - 1.801e-3), 0.0, 1.0))
    assert np.allclose(-tran["i(v1)"], expected, atol=2.1e-3)


def test_integral_within_a_turn(tmp_path: Path) -> None:
    """`idtmod` wraps around in both directions."""
    for voltage in (3.0, -3.0):
        tran = simulated(
            "I(p,n) <+ idtmod(1k * V(p,n), 0.25, 0.5, -0.1);", tmp_path, "", str(voltage), "10u 1m"
        )
        t = np.linspace(0, 1e-3, 97)
        assert np.allclose(
            np.cos(4 * math.pi * current(tran, t)),
            np.cos(4 * math.pi * (0.25 + 1e3 * voltage * t)),
            atol=2e-2,
        )
        i = -tran["i(v1)"]
        assert i.min() > -0.101
        assert i.max() < 0.401


def test_integral_that_is_reset(tmp_path: Path) -> None:
    """`idt` begins anew from its initial value when its assertion ends."""
    tran = simulated("I(p,n) <+ idt(1k * V(p,n), 0.25, V(p,n) > 0.8);", tmp_path)
    begin, end = (x / (2 * math.pi) * 1e-3 for x in (math.asin(0.8), math.pi - math.asin(0.8)))
    cases = [
        (begin / 2, 0.25 + (1 - math.cos(math.pi * 1e3 * begin)) / (2 * math.pi)),
        ((begin + end) / 2, 0.25),
        (0.75e-3, 0.25 + (-0.6 - math.cos(1.5 * math.pi)) / (2 * math.pi)),
        (1.0e-3, 0.25 + (-0.6 - 1.0) / (2 * math.pi)),
    ]
    for at, expected in cases:
        assert abs(current(tran, at) - expected) < 2e-4, at


def test_bound_step(tmp_path: Path) -> None:
    """No step is longer than a module asks for, while it does."""
    body = "if ($abstime > 1m) $bound_step(7u);\nI(p,n) <+ V(p,n);"
    tran = simulated(body, tmp_path, source="1", times="100u 2m")
    steps, begin = np.diff(tran["time"]), tran["time"][:-1]
    assert steps[begin > 1.001e-3].max() <= 7e-6 * (1 + 1e-9)
    assert steps[begin < 0.9e-3].max() > 7e-6


@pytest.mark.filterwarnings("ignore:.*holds from the first time point")
def test_analyses(tmp_path: Path) -> None:
    """What a variable keeps may ask whether time passes."""
    body = '@(timer(0.1m, 0.1m)) if (analysis("tran")) y = y + 1; x = analysis("tran") ? 3 : 0;\nI(p,n) <+ x + 10 * y;'
    tran = simulated(body, tmp_path, "real x, y;", "1", "10u 1.05m")
    assert close(current(tran, 0.0), 0.0)
    assert close(current(tran, 1.05e-3), 103.0)


def test_many_instances(tmp_path: Path) -> None:
    """Each instance has events of its own."""
    load(
        two_terminal(
            "@(cross(V(p,n) - level, 1)) x = $abstime;\nI(p,n) <+ x;", "real x; parameter real level = 0;"
        ),
        tmp_path,
    )
    levels = np.linspace(0.1, 0.9, 20)
    deck = "t\n" + "".join(
        f"v{k} a{k} 0 {SINE}\nn{k} a{k} 0 m level={v!r}\n" for k, v in enumerate(levels.tolist())
    )
    (tran,) = Circuit(f"{deck}.model m dut\n.tran 10u 0.9m\n.end\n").run()
    found = [-tran[f"i(v{k})"][-1] for k in range(len(levels))]
    assert np.allclose(found, np.arcsin(levels) / (2 * math.pi * 1e3), atol=2e-8)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("@(cross(V(p,n))) x = idt(V(p,n), 0);", "'idt' cannot stand in the statements of an event"),
        ("@(timer(1u)) I(p,n) <+ 1;", "cannot stand in the statements of an event"),
        ("@(cross(V(p,n), 2)) x = 1;", "a direction is 1, -1 or 0, not 2"),
        ("@(crossing(V(p,n))) x = 1;", "there is no event 'crossing'"),
        ("@(timer()) x = 1;", "'timer' takes an expression first"),
        ("I(p,n) <+ transition(V(p,n), 0, 1n);", "the input of 'transition' changes continuously"),
    ],
)
def test_refusals(body: str, sentence: str, tmp_path: Path) -> None:
    """What an event cannot do is told with its place."""
    with pytest.raises(CircuitnnError, match=sentence) as caught:
        simulated(f"{body}\nI(p,n) <+ x;", tmp_path, "real x;")
    assert "model.va:8:" in str(caught.value)


@pytest.mark.parametrize(
    ("event", "warning"),
    [
        ("final_step", "what '@.final_step.' does has no effect"),
        ("cross(V(p, n) - 0.5, +1, 1n, 1u)", "tolerances of '@.cross.' have no effect"),
        ("above(V(p, n) - 0.5, 1n)", "tolerances of '@.above.' have no effect"),
    ],
)
def test_what_has_no_effect_is_told(event: str, warning: str, tmp_path: Path) -> None:
    text = f"""{HEAD}module told(p, n);
  inout p, n; electrical p, n;
  real count;
  analog begin
    @(initial_step) count = 0;
    @({event}) count = count + 1;
    I(p, n) <+ V(p, n) * count;
  end
endmodule
"""
    load(text, tmp_path)
    with pytest.warns(DeckWarning, match=warning):
        Circuit("t\nv1 a 0 1\nn1 a 0 m\n.model m told\n.end\n").op()


@pytest.mark.parametrize(
    "statements",
    [
        "@(cross(V(p, n) - 0.5, +1)) s = 1;  @(cross(V(p, n) - 0.5, -1)) s = 0;",
        "@(cross(V(p, n) - 0.5, -1)) s = 0;  @(cross(V(p, n) - 0.5, +1)) s = 1;",
        "@(cross(V(p, n) - 0.5, +1)) s = 1;  @(cross(0.5 - V(p, n), +1)) s = 0;",
        "@(above(V(p, n) - 0.5)) s = 1;  @(above(0.5 - V(p, n))) s = 0;",
        "@(above(0.5 - V(p, n))) s = 0;  @(above(V(p, n) - 0.5)) s = 1;",
        "@(cross(V(p, n) - 0.5, +1)) begin s = 1; k = 0; end\n@(cross(V(p, n) - 0.5, -1)) begin s = 0; k = 0; end\n"
        "k = k + 1;",
    ],
)
def test_crossings_both_ways(tmp_path, statements):
    """The one that does not act at a crossing wrote back the value before, so that nothing was switched."""
    body = f"I(p, n) <+ V(p, n)/1k;\n{statements}\nV(out) <+ s;"
    module = two_terminal(body, "electrical out; integer s, k;").replace(
        "(p, n);", "(p, n, out); output out;", 1
    )
    load(module, tmp_path)
    deck = (
        "t\nv1 a 0 pulse(0 1 5n 1n 1n 20n 50n)\nn1 a 0 o m\nr1 o 0 1k\n.model m dut\n.tran 0.1n 100n\n.end\n"
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that k keeps its value is told elsewhere
        (tran,) = Circuit.from_text(deck).run()
    t, high = tran.time * 1e9, tran["v(o)"] > 0.5
    switched = t[1:][np.diff(high)]
    np.testing.assert_allclose(switched, [5.5, 26.5, 55.5, 76.5], atol=0.05)


@pytest.mark.parametrize(
    "statements",
    [
        "@(cross(I(p,m) - 20u)) if (I(p,m) > 20u) s = 1; else s = 0;",
        "@(cross(20u - I(p,m))) begin if (I(p,m) <= 20u) s = 0; else s = 1; end",
        "@(cross(I(p,m) - 20u, +1)) if (I(p,m) >= 20u) s = 1;  @(cross(-I(p,m) + 20u, +1)) if (I(p,m) < 20u) s = 0;",
        "if (I(p,m) > 20u) @(above(I(p,m) - 20u)) s = 1;  if (I(p,m) <= 20u) @(above(20u - I(p,m))) s = 0;",
        "case (s) 0: if (I(p,m) > 20u) @(above(I(p,m) - 20u)) s = 1;"
        "  1: @(cross(I(p,m) - 20u, -1)) s = I(p,m) > 20u; endcase",
    ],
)
def test_what_an_event_has_crossed_is_crossed_in_its_statements(statements: str, tmp_path: Path) -> None:
    """A tunnel junction solved anew at its moment may fall short of the threshold by rounding."""
    body = f"""
  V(p,m) <+ 4k * (1 + 1.2 / (1 + V(p,m) * V(p,m) / 0.25)) * I(p,m);
  V(m,n) <+ 1m * I(m,n);
  {statements}
  V(out) <+ s;
"""
    load(
        two_terminal(body, "electrical m, out; integer s;").replace("(p, n);", "(p, n, out); output out;", 1),
        tmp_path,
    )
    deck = "t\nv1 a 0 pulse(0 0.6 5n 1n 1n 20n 50n)\nn1 a 0 o m\nr1 o 0 1k\n.model m dut\n.tran 0.1n 100n\n.end\n"
    (tran,) = Circuit(deck).run()
    conducting, out, t = -tran["i(v1)"] > 20e-6, tran["v(o)"], tran["time"]
    settled = np.min(np.abs(t[:, None] - np.array([5.3, 26.7, 55.3, 76.7]) * 1e-9), axis=1) > 0.5e-9
    assert np.array_equal(out[settled] > 0.5, conducting[settled]) and np.any(conducting)


def sampled(body: str, stop: str, folder: Path) -> float:
    """The output at the end of a transient, of a module with an input that is a sine of 1 V and 1 MHz."""
    text = f"{HEAD}module dut(out, in); inout out, in; electrical out, in; real q; analog begin {body} end endmodule\n"
    load(text, folder)
    deck = f"t\nvi in 0 sin(0.25 1 1meg)\nn1 out in m\n.model m dut\nr1 out 0 1k\n.tran 5n {stop}\n.end\n"
    return float(Circuit(deck).run()[0]["v(out)"][-1])


def test_an_event_beside_an_assignment_at_every_point(tmp_path: Path) -> None:
    """What a sample-and-hold follows until an event: nothing else of it needs to know that the run has begun."""
    body = "@(initial_step) q = 0; @(cross(V(in) - 0.75, 1)) q = 5; if (V(in) < 0.75) q = V(in); V(out) <+ q;"
    with pytest.warns(DeckWarning, match="keeps its value"):
        assert sampled(body, "0.2u", tmp_path) == pytest.approx(5.0)


def test_edges_of_what_the_first_point_has_sampled(tmp_path: Path) -> None:
    """The input of `transition` may follow from voltages of the first point; later it jumps."""
    body = "@(initial_step) q = 2*V(in); @(timer(0.5u)) q = 7; V(out) <+ transition(q, 0, 1n);"
    assert sampled(body, "0.3u", tmp_path) == pytest.approx(0.5)
    assert sampled(body, "1u", tmp_path) == pytest.approx(7.0)
