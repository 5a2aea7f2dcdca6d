"""Random events come when they come, whatever the steps: shares and rates of seeded processes against theory."""

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.graph import symbol
from circuitnn.models import register
from circuitnn.models.model import Equations, Model, Parameter, State

DWELL_P, DWELL_AP = 1e-9 * math.exp(8 * 1.4), 1e-9 * math.exp(8 * 0.6)  # delta = 8, 0.2 V of 0.5 V
SHARE = DWELL_AP / (DWELL_AP + DWELL_P)


def run(text):
    return Circuit.from_text(f"t\n{text}\n.end\n").run()[0]


def antiparallel(r):
    """Share of the time in the state of the smaller current, and how often it was entered."""
    size = np.abs(r["i(v1)"])
    ap = size < 0.5 * (size.max() + size.min())
    dt = np.diff(r.time)
    return float(np.sum(dt[ap[1:]]) / np.sum(dt)), int(np.sum(ap[1:] & ~ap[:-1]))


@pytest.mark.parametrize("step", ["20m", "1m", "20u"])
def test_telegraph_share_does_not_hang_on_the_steps(step):
    """A superparamagnetic junction, dwell times of 73 µs and 0.12 µs under steps of up to 4 ms."""
    shares, flips = [], 0
    for seed in range(1, 6):
        deck = f"v1 a 0 0.2\nn1 a 0 m\n.model m smtj delta=8\n.options seed={seed}\n.tran {step} 200m"
        share, count = antiparallel(run(deck))
        shares.append(share)
        flips += count
    # Of n exponential dwell times in each state the ratio of the sums spreads by √(2/n).
    assert np.mean(shares) == pytest.approx(SHARE, rel=3.0 * math.sqrt(2.0 / flips))
    expected = 5 * 0.2 / (DWELL_P + DWELL_AP)
    assert abs(flips - expected) < 3.0 * math.sqrt(expected)


def test_the_same_flips_with_every_step():
    """One seed, one history: the times of all flips agree."""
    deck = "v1 a 0 0.2\nn1 a 0 m\n.model m smtj delta=8\n.options seed=7\n.tran {} 20m"
    shares = [antiparallel(run(deck.format(step))) for step in ("2m", "100u", "2u")]
    for share, count in shares[1:]:
        assert count == shares[0][1]
        assert share == pytest.approx(shares[0][0], rel=2e-3)


@register
class Hopping(Model):
    """Hazards beside a switch that slides along its own threshold."""

    name = "testhopping"
    terminals = ("p", "n")
    parameters = (Parameter("tau", 1e-3, "s", "mean dwell time", low=1e-15),)
    states = (State("h", "", "hazard so far", 0.0),)
    memories = {"count": 0.0}
    randoms = {"e": "exponential"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", m.voltage("p", "n") * (1e-3 + 0.0 * symbol("count")))
        m.flow("p", "n", 1e-6 * symbol("count"))
        m.state("h", 1.0 / m["tau"])
        m.event(
            "hop", m.unknown("h") - symbol("e"), {"h": 0.0, "count": symbol("count") + 1.0}, redraw=("e",)
        )


def test_hops_beside_a_sliding_switch():
    """The grain of time that a sliding switch gets is not that of random events."""
    slider = "v2 s 0 sin(0 1 10)\nr2 s b 1k\nc2 b 0 1u\ns1 b 0 b 0 sw\n.model sw sw(vt=0.1 vh=0 ron=10 roff=1meg)\n"
    hops = []
    for cards in ("", slider):
        r = run(f"v1 a 0 1\nn1 a 0 m\n.model m testhopping\n{cards}.options seed=3\n.tran 20m 1")
        hops.append(r.time[1:][r["@n1[h]"][1:] == 0.0])
        assert len(hops[-1]) == round((-r["i(v1)"][-1] - 1e-3) / 1e-6), "a hop without its moment"
    assert len(hops[0]) == len(hops[1])
    assert abs(len(hops[0]) - 1000) < 3.0 * math.sqrt(1000)
    # each is located to 1e-4 of the step that it ends, and what is late adds up
    assert hops[1] == pytest.approx(hops[0], abs=1e-4)
    assert np.abs(np.diff(hops[1]) - np.diff(hops[0])).max() < 3e-6


@register
class Sampled(Model):
    """A current of held noise."""

    name = "testsampled"
    terminals = ("p", "n")
    parameters = (Parameter("interval", 1e-6, "s", "for which a value is held", low=0.0),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        m.flow("p", "n", 1e-3 * m.voltage("p", "n") + 1e-3 * m.noise("z", m["interval"]))


def test_held_noise_keeps_its_grid_far_below_the_largest_step():
    """Intervals of a thousandth of tmax and less: every value is there, uncorrelated, for its time."""
    r = run("v1 a 0 0\nn1 a 0 m\n.model m testsampled interval=10u\n.options seed=2\n.tran 20m 100m")
    middle = 1e-5 * np.arange(10_000) + 0.5e-5
    z = np.interp(middle, r.time, -r["i(v1)"]) / 1e-3
    assert np.std(z) == pytest.approx(1.0, abs=3.0 / math.sqrt(2 * len(z)))
    assert abs(np.corrcoef(z[1:], z[:-1])[0, 1]) < 3.0 / math.sqrt(len(z))
    assert len(np.unique(np.round(z, 12))) == len(z)
