"""Jumps and kinks that check-model finds, and what is none."""

from broken_models import Good, broken, nothing_but, told

from circuitnn.contract import (
    smooth,
)
from circuitnn.contract.case import Case
from circuitnn.equations.graph import abs_, floor, max_, tanh, where


def test_jump_of_a_current():
    jump = lambda cls, m, v: m["g"] * v * where(v > 0.31, 1.001, 1.0)  # noqa: E731
    nothing_but(broken(current=jump), "jumps and kinks", "jump of the current of plus at 0.31 = plus - minus")


def test_jump_at_a_value_that_is_hit_exactly():
    jump = lambda cls, m, v: m["k"] * v * where(m.unknown("x") > 0.5, 2.0, 1.0)  # noqa: E731
    nothing_but(broken(rate=jump), "jumps and kinks", "jump of the rate of x at 0.5 = ")


def test_narrow_notch():
    notch = lambda cls, m, v: m["g"] * v * where(abs_(v - 0.3) < 1e-4, 1.2, 1.0)  # noqa: E731
    nothing_but(
        broken(current=notch), "jumps and kinks", "jump of the current of plus at abs(plus - minus - 0.3)"
    )


def test_small_jump_at_a_surface_of_several_unknowns():
    jump = lambda cls, m, v: m["g"] * v * where(v * m.unknown("x") > 0.31, 1.00001, 1.0)  # noqa: E731
    nothing_but(broken(current=jump), "jumps and kinks", "jump of the current of plus")


def test_jump_of_a_rate():
    jump = lambda cls, m, v: m["k"] * where(v > 0.2, v, 0.5 * v)  # noqa: E731
    nothing_but(broken(rate=jump), "jumps and kinks", "jump of the rate of x at 0.2 = plus - minus")


def test_jump_of_a_charge():
    def stored(cls, m):
        Good.equations.__func__(cls, m)
        v = m.voltage("plus", "minus")
        m.flow("plus", "minus", charge=1e-12 * where(v > 0.1, v + 1e-3, v))

    nothing_but(broken(equations=stored), "jumps and kinks", "jump of the charge of plus at")


def test_stairs():
    stairs = lambda cls, m, v: m["g"] * 0.1 * floor(10.0 * abs_(v)) * v  # noqa: E731
    nothing_but(broken(current=stairs), "jumps and kinks", "jump of the current of plus at whole")


def test_declared_jumps_are_told():
    jump = lambda cls, m, v: m["k"] * where(v > 0.2, v, 0.5 * v)  # noqa: E731
    outcome = smooth.jumps(Case(broken(rate=jump, jumps="so the law was published")))
    assert outcome.passed
    assert "jump of the rate of x at 0.2 = plus - minus: so the law was published" in outcome.notes


def test_kinks_are_told_and_fail_where_smoothness_is_claimed():
    kink = lambda cls, m, v: m["g"] * (v + max_(v - 0.3, 0.0))  # noqa: E731
    outcome = smooth.jumps(Case(broken(current=kink)))
    assert outcome.passed
    assert "kink of the current of plus at plus - minus - 0.3 = 0" in outcome.notes or any(
        note.startswith("kink of the current of plus") for note in outcome.notes
    )
    claimed = broken(
        current=kink,
        claims=frozenset({"smooth"}),
        states=(),
        equations=lambda cls, m: m.flow("plus", "minus", cls.current(m, m.voltage("plus", "minus"))),
        parameters=Good.parameters[:1],
    )
    outcome = smooth.jumps(Case(claimed))
    assert told(outcome)[0].startswith("kink of the current of plus")
    soft = lambda cls, m, v: m["g"] * (v + 0.1 * tanh(v / 0.1))  # noqa: E731
    assert smooth.jumps(Case(broken(current=soft, claims=frozenset()))).passed


def test_continuous_pieces_are_no_jump():
    """Steep, piecewise and with a removable gap: all continuous."""
    for current in (
        lambda cls, m, v: m["g"] * where(v > 0.2, 0.2 + 7.0 * (v - 0.2), v),
        lambda cls, m, v: m["g"] * tanh(1e6 * (v - 0.2)) + m["g"] * v,
        lambda cls, m, v: m["g"] * where(v > 0.0, 1e9 * v, v),
    ):
        assert smooth.jumps(Case(broken(current=current, claims=frozenset()))).passed
