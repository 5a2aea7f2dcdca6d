"""``stop``, ``alter``, ``resume``: a circuit that changes within a run, beside closed forms."""

import io
from math import exp

import numpy as np
import pytest

from circuitnn import Circuit, DeckWarning
from circuitnn.ngspice import control

RC = """an RC circuit that is altered within its run
v1 a 0 dc 1
r1 a b 1k
c1 b 0 1u
{more}
.control
{commands}
.endc
.end
"""


def ran(*commands, more=""):
    out = io.StringIO()
    text = RC.format(commands="\n".join(commands), more=more)
    with pytest.warns(DeckWarning, match="is held after"):
        results, _ = control.run(Circuit.from_text(text), out)
    return results[-1], out.getvalue()


def at(result, time, name="v(b)"):
    return np.interp(time, result.time, result[name])


def test_what_is_altered_acts_from_there_on():
    result, _ = ran("stop when time = 1m", "tran 10u 4m", "alter v1 = 5", "resume")
    assert at(result, 0.9e-3) == pytest.approx(1.0, abs=1e-9)
    assert at(result, 2e-3) == pytest.approx(5.0 - 4.0 * exp(-1.0), rel=1e-4)
    assert at(result, 4e-3) == pytest.approx(5.0 - 4.0 * exp(-3.0), rel=1e-4)
    assert np.all(np.diff(result.time) >= 0.0) and result.time[-1] == pytest.approx(4e-3)


def test_several_times():
    """A capacitor keeps its charge when it grows: its voltage halves."""
    commands = ("stop when time = 1m", "stop when time = 2m", "tran 10u 4m", "alter v1 = 5", "resume")
    result, _ = ran(*commands, "alter r1 = 2k", "alter c1 = 2u", "resume")
    there = 5.0 - 4.0 * exp(-1.0)
    assert at(result, 1.5e-3) == pytest.approx(5.0 - 4.0 * exp(-0.5), rel=1e-4)
    assert at(result, 3e-3) == pytest.approx(5.0 - (5.0 - there / 2.0) * exp(-0.25), rel=1e-4)


def test_a_point_lies_on_the_time_of_a_stop():
    result, text = ran("stop when time = 1.23456m", "tran 10u 4m", "print time[length(time)-1]")
    assert "1.234560e-03" in text and result.time[-1] == pytest.approx(1.23456e-3, rel=1e-12)


def test_a_number_of_points_stops_once():
    result, text = ran("stop after 10", "tran 10u 4m", "print length(time)", "resume")
    assert "length(time) = 1.000000e+01" in text
    assert result.time[-1] == pytest.approx(4e-3)


def test_logic_goes_on_unless_it_is_altered():
    more = (
        "v2 c 0 pulse(0 1 0 1u 1u 0.1m 0.2m)\n"
        "a1 [c] [d] bridge\n.model bridge adc_bridge(in_low=0.5 in_high=0.5)\n"
        "a2 [d] [e] back\n.model back dac_bridge\nr3 e 0 1k"
    )
    result, _ = ran("stop when time = 1.05m", "tran 10u 2m", "resume", more=more)
    assert result.time[-1] == pytest.approx(2e-3)
    with pytest.raises(control.CommandsFailed, match="what logic is about to do is not in a state"):
        ran("stop when time = 1.05m", "tran 10u 2m", "alter v1 = 2", "resume", more=more)


def test_a_state_continues_with_other_capacitances():
    """In Python, too, charges stay and fluxes stay; without a change nothing moves."""
    rlc = Circuit.from_text("t\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1u\nr2 a c 1k\nl1 c 0 1m\n.end\n")
    state = rlc.tran("1m", "10u").final_state
    changed = rlc.altered({("c1", ""): 4e-6, ("l1", ""): 5e-3})
    result = changed.tran("1.0001m", "10u", start=state)
    assert result["v(b)"][0] == pytest.approx(0.25, rel=1e-6)
    assert result["i(l1)"][0] == pytest.approx(0.2e-3, rel=1e-6)
    same = rlc.tran("1.0001m", "10u", start=state)
    assert same["v(b)"][0] == state["v(b)"] and same["i(l1)"][0] == state["i(l1)"]
