"""Events that set numbers and states, and random numbers: located in time, independent of the steps."""

import math

import numpy as np
import pytest
from scipy.stats import kstest

from circuitnn import Circuit
from circuitnn.equations.graph import symbol, where
from circuitnn.errors import ConvergenceError
from circuitnn.models import register
from circuitnn.models.model import Equations, Model, Parameter, State


@register
class Relaxation(Model):
    """Integrates its voltage; at 1 the state returns to 0 and a number counts."""

    name = "testrelaxation"
    terminals = ("p", "n")
    states = (State("s", "", "integral", 0.0, low=-1e9),)
    memories = {"count": 0.0}

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", (1.0 + symbol("count")) * m.voltage("p", "n"))
        m.state("s", m.voltage("p", "n"))
        m.event("full", m.unknown("s") - 1.0, {"s": 0.0, "count": symbol("count") + 1.0})


@register
class Telegraph(Model):
    """Two conductances, between which it jumps with a constant hazard."""

    name = "testtelegraph"
    terminals = ("p", "n")
    parameters = (Parameter("tau", 1.0, "s", "mean dwell time", low=1e-15),)
    states = (State("h", "", "hazard so far", 0.0),)
    memories = {"up": 0.0}
    randoms = {"e": "exponential"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        up = symbol("up")
        m.flow("p", "n", (1.0 + up) * m.voltage("p", "n"))
        m.state("h", 1.0 / m["tau"])
        m.event("jump", m.unknown("h") - symbol("e"), {"h": 0.0, "up": 1.0 - up}, redraw=("e",))


@register
class Noisy(Model):
    """A resistor whose conductance fluctuates."""

    name = "testnoisy"
    terminals = ("p", "n")
    parameters = (Parameter("interval", 1.0, "s", "correlation time", low=0.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", m.voltage("p", "n") * (10.0 + m.noise("z", m["interval"])))


@register
class Restless(Model):
    """An event that never ends."""

    name = "testrestless"
    terminals = ("p", "n")
    memories = {"k": 0.0}

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", m.voltage("p", "n") + 0.0 * symbol("k"))
        m.event("always", where(m.time > 0.5, 1.0, -1.0), {"k": symbol("k") + 1.0})


def run(text, tstop, **options):
    return Circuit.from_text(f"t\n{text}\n.end\n").tran(tstop, tstep=tstop / 100, **options)


def jumps(r, signal="i(v1)"):
    """Times of the points at which a signal has jumped."""
    return r.time[1:][np.abs(np.diff(r[signal])) > 0.5]


def test_state_returns_and_number_counts():
    r = run("v1 1 0 2.5\nn1 1 0 testrelaxation\n.model testrelaxation testrelaxation", 3.0)
    full = np.arange(1, 8) / 2.5
    # each is located to 1e-4 of the step, and what is late adds up
    assert jumps(r) == pytest.approx(full, abs=7 * 3e-6)
    assert -r["i(v1)"][-1] == pytest.approx(2.5 * 8.0)
    saw = (2.5 * r.time) % 1.0
    away = np.min(np.abs(r.time[:, None] - full), axis=1) > 1e-4
    assert r["@n1[s]"][away] == pytest.approx(saw[away], abs=1e-4)


@pytest.mark.parametrize("method", ["trap", "gear", "be"])
def test_random_jumps_do_not_hang_on_the_steps(method):
    deck = "v1 1 0 1\nn1 1 0 m\n.model m testtelegraph tau=0.1"
    coarse, fine = (jumps(run(deck, 5.0, tmax=tmax, method=method)) for tmax in (0.05, 0.003))
    assert len(coarse) == len(fine) > 20
    assert coarse == pytest.approx(fine, abs=2e-4)


def test_dwell_times_are_exponential_and_follow_from_the_seed():
    deck = "v1 1 0 1\nn1 1 0 m\n.model m testtelegraph tau=0.01"
    first, again, other = (jumps(run(deck, 20.0, seed=s)) for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first[:10], other[:10])
    assert 1800 < len(first) < 2200
    assert kstest(np.diff(first) / 0.01, "expon").pvalue > 0.01


def test_devices_draw_for_themselves():
    """A second device changes nothing of the first, whatever the order of the cards."""
    card = "v1 1 0 1\nv2 2 0 1\n.model m testtelegraph tau=0.1\n"
    alone = jumps(run(card + "n1 1 0 m", 3.0))
    for cards in ("n2 2 0 m\nn1 1 0 m", "n1 1 0 m\nn2 2 0 m"):
        assert jumps(run(card + cards, 3.0)) == pytest.approx(alone, abs=2e-4)


def test_noise_keeps_its_grid():
    deck = "v1 1 0 1\nn1 1 0 m\n.model m testnoisy interval=0.01"
    r = run(deck, 10.0)
    middle = np.interp(0.01 * np.arange(1000) + 0.005, r.time, -r["i(v1)"]) - 10.0
    assert kstest(middle, "norm").pvalue > 0.01
    assert abs(np.corrcoef(middle[1:], middle[:-1])[0, 1]) < 3.0 / math.sqrt(1000)
    finer = run(deck, 1.0, tmax=1e-4)
    again = np.interp(0.01 * np.arange(100) + 0.005, finer.time, -finer["i(v1)"]) - 10.0
    assert again == pytest.approx(middle[:100], abs=1e-9)
    quiet = run(deck.replace("0.01", "0"), 1.0)
    assert np.all(quiet["i(v1)"] == -10.0)


def test_an_event_that_never_ends_is_an_error():
    with pytest.raises(ConvergenceError, match="no state of the switches"):
        run("v1 1 0 1\nr1 1 0 1\nn1 1 0 testrestless\n.model testrestless testrestless", 1.0)


def test_events_may_change_only_what_is_declared():
    class Wrong(Model):
        name = "testwrong"
        terminals = ("p", "n")

        @classmethod
        def equations(cls, m: Equations) -> None:
            m.event("e", m.voltage("p", "n"), {"nothing": 1.0})

    with pytest.raises(ValueError, match="neither memory nor state"):
        Wrong.kernel()
    Wrong.memories, Wrong.randoms = {"nothing": 0.0}, {"z": "gamma"}
    with pytest.raises(ValueError, match="known distributions"):
        Wrong.kernel()


@register
class Alarm(Model):
    """A resistor that changes at a given moment."""

    name = "testalarm"
    terminals = ("p", "n")
    parameters = (Parameter("at", 1.0, "s", "when"),)
    memories = {"rung": 0.0}

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", m.voltage("p", "n") * (1.0 + symbol("rung")))
        m.event("ring", where(symbol("rung") > 0.5, -1.0, m.time - m["at"]), {"rung": 1.0})


def test_event_just_before_a_corner():
    """Closer to the corner than steps are rounded to it: they must get shorter nevertheless, or never end."""
    source = "v1 1 0 pwl(0 0 0.99998 1 1 1.5 2 1.5)"
    r = run(f"{source}\nn1 1 0 m\n.model m testalarm at={1.0 - 5e-9!r}", 2.0, tmax=0.1)
    assert r.complete and r.time[-1] == 2.0
    assert -r["i(v1)"][-1] == pytest.approx(3.0)


@register
class Bend(Model):
    """A state that rises by 1 a second up to `level`, and tends to `level` + 1/k from there: its rate does not leap."""

    name = "testbend"
    terminals = ("p", "n")
    parameters = (
        Parameter("level", 1.0, "", "where its way bends"),
        Parameter("k", 0.5, "1/s", "how sharply"),
    )
    states = (State("s", "", "way", 0.0),)
    memories = {"mark": 1e3}

    @classmethod
    def equations(cls, m: Equations) -> None:
        s, mark = m.unknown("s"), symbol("mark")
        m.flow("p", "n", m.voltage("p", "n"))
        m.state("s", 1.0 - where(s > mark, m["k"] * (s - mark), 0.0))
        m.event("bends", where(mark > 100.0, s - m["level"], -1.0), {"mark": s})


def test_an_event_that_only_bends_costs_no_restart():
    """What it changes is as it was at its moment, to which no step leads: no small steps follow."""
    card = "v1 1 0 1\nn1 1 0 m\n.model m testbend level={} k=0.5"
    bent, straight = run(card.format(1.2345), 3.0), run(card.format(99.0), 3.0)
    after = bent.time > 1.2345
    exact = 1.2345 + 2.0 * (1.0 - np.exp(-0.5 * (bent.time[after] - 1.2345)))
    assert bent["@n1[s]"][after] == pytest.approx(exact, rel=2e-5)
    assert straight.statistics.points > 50
    assert np.diff(bent.time[after]).min() > 1e-3 * np.diff(straight.time).max()


@register
class Watermark(Model):
    """A state, its voltage integrated, and a time that goes a little otherwise once the state was above `level`."""

    name = "testwatermark"
    terminals = ("p", "n")
    parameters = (Parameter("level", 1.0, "", "what it notices"),)
    states = (State("s", "", "integral", 0.0), State("c", "", "a time", 0.0))
    memories = {"seen": 0.0}

    @classmethod
    def equations(cls, m: Equations) -> None:
        s, seen = m.unknown("s"), symbol("seen")
        m.flow("p", "n", m.voltage("p", "n"))
        m.state("s", m.voltage("p", "n"))
        m.state("c", 1e-3 * (1.0 + 1e-5 * seen * (s - m["level"])))
        m.event("above", where(seen > 0.5, -1.0, s - m["level"]), {"seen": 1.0})


@pytest.mark.parametrize("method", ["trap", "blend"])
def test_what_falls_where_a_step_is_guessed_must_fall_in_the_solution(method):
    """The guess goes beyond the top of a sine by some tolerances: what is only seen there has not happened."""
    levels = np.concatenate([np.linspace(0.1, 0.9, 9), 1.0 - np.geomspace(1e-7, 1e-2, 200)])
    cards = ["v1 1 0 sin(0 1 {1/2/pi} 0 0 90)", ".model m testwatermark"]
    cards += [f"n{k} 1 0 m level={level:.17g}" for k, level in enumerate(levels)]
    r = run("\n".join(cards), 5.0, method=method, tmax=0.2)
    top = max(r["@n0[s]"])
    seen = np.array([abs(r[f"@n{k}[c]"][-1] - 5e-3) > 1e-9 for k in range(len(levels))])
    clear = abs(levels - top) > 2e-7
    assert np.array_equal(seen[clear], (levels < top)[clear])
    assert seen.sum() > 9


@pytest.mark.parametrize("method", ["blend", "trbdf2"])
def test_moments_of_many_bends_are_those_of_the_solution(method):
    """Most of them happen where the ends of steps are guessed; in steps of several stages they happen afterwards."""
    levels = np.linspace(0.3, 2.7, 40)
    cards = ["v1 1 0 1", ".model m testbend k=0.1"]
    cards += [f"n{k} 1 0 m level={level:.17g}" for k, level in enumerate(levels)]
    r = run("\n".join(cards), 3.0, method=method)
    for k, level in enumerate(levels):
        late = np.maximum(r.time - level, 0.0)
        exact = np.minimum(r.time, level) + 10.0 * (1.0 - np.exp(-0.1 * late))
        assert r[f"@n{k}[s]"] == pytest.approx(exact, rel=1e-5, abs=1e-8)


def neuristors(count, **options):
    """Thermal neuristors that do not touch each other, as far as their periods differ."""
    rng = np.random.default_rng(1)
    cards = ["vin in 0 13", ".model m vo2_thermal"]
    for k, (load, start) in enumerate(
        np.column_stack([rng.uniform(11.8e3, 12.2e3, 99), rng.random(99)])[:count]
    ):
        cards += [f"n{k} a{k} 0 m", f"r{k} in a{k} {load:.17g}", f"c{k} a{k} 0 145.346p ic={start:.17g}"]
    return run("\n".join([*cards, ".save v(a0)"]), 12e-6, uic=True, **options)


@pytest.mark.parametrize("method", ["trap", "gear", "trbdf2"])
def test_points_do_not_grow_with_the_number_of_oscillators(method):
    few, many = neuristors(12, method=method), neuristors(48, method=method)
    assert many.statistics.points < 1.4 * few.statistics.points
    assert many.period("v(a0)", 2.0, 3e-6) == pytest.approx(few.period("v(a0)", 2.0, 3e-6), rel=3e-4)


def test_steps_of_high_order_hide_what_bends_by_being_shorter():
    """An end at each such event would begin the orders anew, with a step a thousand times shorter."""
    r = neuristors(48, method="blend")
    steps = np.diff(r.time[r.time > 1e-6])
    assert np.mean(steps < 0.03 * np.median(steps)) < 0.002
    assert r.period("v(a0)", 2.0, 3e-6) == pytest.approx(
        neuristors(1, statetol=1e-8).period("v(a0)", 2.0, 3e-6), rel=2e-4
    )


def test_events_that_jump_cost_no_trial():
    """That a switch jumps is seen from the switch alone, before the circuit is solved once more for nothing."""
    cards = ["vdd d 0 14", ".model m vo2_switch", "c0 a0 a7 10p"]
    for k in range(8):
        cards += [
            f"n{k} d a{k} m",
            f"r{k} a{k} 0 {46.0 + 0.3 * k}k",
            f"c{k}g a{k} 0 300p ic={12.1 + 0.1 * k}",
        ]
        cards += [f"c{k}{k + 1} a{k} a{k + 1} 10p"] if k < 7 else []
    r = run("\n".join([*cards, ".save v(a0)"]), 20e-6, uic=True)
    assert r.statistics.refactorisations < 1.2 * (r.statistics.points + r.statistics.rejected)


def test_switches_that_go_round_in_circles_are_set_so_that_they_agree():
    """sa alone turns itself off and on; with sb, whose control stays between its thresholds, on, it rests at off."""
    deck = """v1 v 0 1
    r1 v a 1k
    sa a 0 a 0 abrupt
    sb a 0 a 0 wide
    .model abrupt sw(vt=.6 vh=0 ron=1k roff=1g)
    .model wide sw(vt=1.1 vh=.9 ron=1k roff=1g)"""
    result = Circuit.from_text(f"circles\n{deck}\n.end").op()
    assert result["v(a)"] == pytest.approx(0.5, rel=1e-5)
    assert "come to agree from sb on" in "".join(result.statistics.notes)


def test_a_jump_that_passes_through_a_chain_of_comparators():
    """Each takes an iteration of Newton's method, more than itl4 in all; shorter steps do not help."""
    chain = "\n".join(f"b{k} c{k} 0 v=v(c{k - 1}) > 0.5 ? 1 : 0" for k in range(1, 31))
    deck = (
        f"v1 in 0 pulse(0 1 0 1m 1m 1 2)\ns1 1 c0 in 0 sw\nv2 1 0 1\nr1 c0 0 1k\n.model sw sw(vt=.5)\n{chain}"
    )
    r = Circuit.from_text(f"chain\n{deck}\n.end").tran("1m")
    crossed = np.interp(0.5, r["v(c30)"], r.time)
    assert r["v(c30)"][-1] == 1.0
    assert crossed == pytest.approx(0.5e-3, rel=1e-3)


@pytest.mark.parametrize("uic", ["", " uic"])
@pytest.mark.parametrize(
    ("control", "last"),
    [
        ("1", 0.0),
        ("pwl(0 0 1u 1 3u 1)", 0.0),
        ("pwl(0 0 1.3u 1 3u 1)", 0.0),
        ("pulse(1 0 0.5u 10n 10n 1u 9u)", 0.0),
        ("pwl(0 0 1u 1 1.1u 0.999999 3u 0.999999)", 1.0),
    ],
)
@pytest.mark.parametrize("switch", ["s1 b 0 c 0 m", "w1 b 0 v1 m"])
def test_a_control_that_stays_at_the_threshold(switch, control, last, uic):
    """It counts as above, whatever rounding makes of it from step to step; without hysteresis that went to and fro."""
    model = ".model m sw(vt=1 ron=1m roff=1g)" if switch[0] == "s" else ".model m csw(it=1 ron=1m roff=1g)"
    source = f"v1 c 0 {control}\nrc c 0 1k" if switch[0] == "s" else f"i1 0 c {control}\nv1 c 0 0"
    deck = f"t\nv2 a 0 1\n{source}\nr1 a b 1k\n{switch}\nc1 b 0 1p\n{model}\n.tran 10n 3u{uic}\n.end\n"
    result = Circuit.from_text(deck).run()[0]
    if uic and control == "1":
        last = 1.0  # open from the start, as in ngspice: nothing has brought the control there
    assert result["v(b)"][-1] == pytest.approx(last, abs=1e-4)


def test_switches_without_a_state_are_given_up_soon():
    """An oscillator has no operating point: its switch returns to the same states, which takes few turns to see."""
    cells = [f"r{k} a b{k} {10 + k}k\nn{k} b{k} 0 vo\nc{k} b{k} 0 100p" for k in range(3)]
    deck = ["oscillators", "v1 a 0 3", *cells, ".model vo vo2_switch", ".end"]
    found = Circuit.from_text("\n".join(deck)).tran("1u", "10n")
    assert any("no state of the switches agrees" in note for note in found.statistics.notes)
    assert found.statistics.iterations < 10_000  # of 84,000 with 100 turns in each try
