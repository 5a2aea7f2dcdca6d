"""Oscillators in decks: relaxation oscillators of the collection, and rings of coupled ones."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.generators import oscillators
from bench.generators.deck import case
from bench.runner.case import Case

GROUP = "oscillators"


def cases(quick: bool) -> Iterator[Case]:
    """The group."""
    for family, deck, step, uic in (
        ("diode rectifier .tran", "basics/diode_rectifier", 1e-6, ""),
        ("VO2 switch oscillator .tran", "oscillator/pearson_anson_switch", 0.2e-9, " uic"),
        ("NbO2 oscillator .tran", "oscillator/nbo2_pearson_anson", 5e-12, " uic"),
    ):
        build = partial(oscillators.circuit_of, deck)
        for points in (1000, 10_000) if quick else (1000, 10_000, 100_000):
            card = f".tran {step:g} {points * step:g} 0 {step:g}{uic}"
            yield case(GROUP, family, points, "points", build, card, tight="reltol=1e-7")
    for number in (5, 20) if quick else (5, 20, 80):
        build = partial(oscillators.niobium_ring, number)
        family, card = "ring of NbO2 oscillators .tran", ".tran 50p 100n 0 50p uic"
        yield case(GROUP, family, number, "oscillators", build, card, sparse=number < 80)
