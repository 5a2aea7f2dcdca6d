"""Xyce's measures of pulses, by hand and against a signal sampled finely; LTspice's relative times of pwl."""

from __future__ import annotations

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning

PULSES = "t\nv1 a 0 pulse(0 1 1u 0.2u 0.4u 2u 5u)\nr1 a 0 1k\n.tran 10n 43u\n"


@pytest.mark.parametrize(
    ("card", "wanted"),
    [
        ("freq v(a) on=0.75 off=0.25", 2e5),
        ("freq v(a) on=0.5", 2e5),
        ("freq v(a) on=0.75 off=0.25 from=10u", 2e5),
        ("duty v(a) on=0.5", (8 * 2.3 + 1.9) / 43),
        ("duty v(a) on=0.75 off=0.25 from=10u to=20u", 2.35 / 5),
        ("duty v(a) on=0.75 off=0.25 minval=0.05 from=10u to=20u", (2.35 + 0.01 + 0.02) / 5),
        ("duty v(a) on=-1", 1.0),
        ("duty v(a) on=2", 0.0),
        ("duty v(a) on=0.5 from=1.5u to=2.5u", 1.0),
        ("duty v(a) on=0.5 td=38u", (0.4 + 1.9) / 5),
        ("on_time v(a) on=0.75", 2.15e-6),
        ("off_time v(a) on=0.75 off=0.25", 2.55e-6),
        ("off_time v(a) off=0.25", 2.55e-6),
    ],
)
def test_by_hand(card: str, wanted: float) -> None:
    (result,) = Circuit.from_text(f"{PULSES}.meas tran x {card}\n.end").run()
    assert result.measures["x"] == pytest.approx(wanted, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_against_a_signal_sampled_finely(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners, levels = np.cumsum(rng.uniform(0.2, 1.0, 60)), rng.uniform(0.0, 1.0, 60)
    points = " ".join(f"{t!r} {v!r}" for t, v in zip(corners.tolist(), levels.tolist(), strict=True))
    off, on = np.sort(rng.uniform(0.2, 0.8, 2)).tolist()
    cards = "\n".join(
        f".measure tran {kind} {kind} v(a) on={on!r} off={off!r}"
        for kind in ("duty", "freq", "on_time", "off_time")
    )
    end = float(corners[-1])
    deck = f"t\nv1 a 0 pwl({points})\nr1 a 0 1\n.tran 0.01 {end!r}\n{cards}\n.end"
    found = Circuit.from_text(deck).run()[0].measures
    t = np.linspace(0.0, end, 2_000_001)
    v = np.interp(t, corners, levels)
    sides = np.where(v > on, 1, np.where(v < off, -1, 0))
    last = np.maximum.accumulate(np.where(sides != 0, np.arange(len(t)), 0))
    state = sides[last] == 1
    starts = t[1:][state[1:] & ~state[:-1]]
    whole = (t >= starts[0]) & (t < starts[-1])
    cycles, step = len(starts) - 1, t[1]
    assert found["duty"] == pytest.approx(np.mean(state), abs=1e-5)
    assert found["freq"] == pytest.approx(cycles / (starts[-1] - starts[0]), rel=1e-5)
    assert found["on_time"] == pytest.approx(np.sum(v[whole] > on) * step / cycles, rel=1e-4)
    assert found["off_time"] == pytest.approx(np.sum(v[whole] < off) * step / cycles, rel=1e-4)


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("freq v(a) on=2", "goes on 0 times: there is no whole cycle"),
        ("on_time v(a) on=0.5 to=7u", None),
        ("on_time v(a) on=0.5 to=6u", "goes on 1 times"),
    ],
)
def test_without_a_whole_cycle(card: str, said: str | None) -> None:
    (result,) = Circuit.from_text(f"{PULSES}.meas tran x {card}\n.end").run()
    (measured,) = result.measured
    assert (measured.value is None) == (said is not None)
    assert (said or "") in measured.message


@pytest.mark.parametrize(
    ("card", "said"),
    [
        ("freq v(a) on=0.2 off=0.4", "'freq' has off=0.4 above on=0.2"),
        ("dty v(a) on=0.2", r"'.meas' cannot 'dty' \(did you mean duty"),
        ("duty v(a) onn=0.2", r"'.meas' has no 'onn=' \(did you mean on"),
        ("avg v(a) on=0.2", "'.meas' has no 'on='"),
    ],
)
def test_faulty_cards(card: str, said: str) -> None:
    with pytest.warns(DeckWarning, match=said):
        Circuit.from_text(f"{PULSES}.meas tran x {card}\n.end").run()


@pytest.mark.parametrize(
    ("numbers", "corners"),
    [
        ("0 0 +1u 1 +1u 0 +2u 1", [(0, 0), (1, 1), (2, 0), (4, 1)]),
        ("1u 1 2u 0 +2u 1", [(0, 1), (1, 1), (2, 0), (4, 1)]),
        ("0 0 1u 1 +{half} 0 +{2*half} 1", [(0, 0), (1, 1), (1.5, 0), (2.5, 1)]),
        ("0 0 1u 1 repeat for 2 (+1u 0 +1u 1) endrepeat", [(0, 0), (1, 1), (2, 0), (3, 1), (4, 0), (5, 1)]),
        ("time_scale_factor=2 0 0 +1u 1 +1u 0", [(0, 0), (2, 1), (4, 0)]),
    ],
)
def test_times_with_a_sign_count_from_the_time_before(
    numbers: str, corners: list[tuple[float, float]]
) -> None:
    deck = f"t\n.param half=0.5u\nv1 a 0 pwl({numbers})\nr1 a 0 1k\n.end"
    if "repeat" in numbers or "scale" in numbers:
        result = Circuit.from_text(deck).with_dialect("lta").tran("6u", "10n")
    else:
        with pytest.warns(DeckWarning, match="counts from the time before it, as in LTspice"):
            result = Circuit.from_text(deck).tran("6u", "10n")
    t, v = np.transpose(corners)
    assert np.allclose(result["v(a)"], np.interp(result["time"], 1e-6 * t, v), atol=1e-6)


def test_a_sign_after_time_0_changes_nothing() -> None:
    """A continuation line begins with the same sign."""
    deck = "t\nv1 a 0 pwl(0 0 +1u 1\n+ 2u 0)\nr1 a 0 1k\n.end"
    result = Circuit.from_text(deck).tran("3u", "10n")
    assert np.allclose(result["v(a)"], np.interp(result["time"], [0, 1e-6, 2e-6], [0, 1, 0]), atol=1e-6)
