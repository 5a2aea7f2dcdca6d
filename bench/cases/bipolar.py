"""Bipolar transistors and diodes: transients, sweeps, small signals and noise."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from bench.generators import transistors
from bench.generators.deck import case
from bench.runner.case import Case


def cases(quick: bool) -> Iterator[Case]:
    """The group."""
    yield from _transients(0.1 if quick else 1.0, quick)
    yield from _sweeps(quick)
    yield from _small_signal(1 if quick else 10)
    yield from _textbook()


def _transients(short: float, quick: bool) -> Iterator[Case]:
    for family, size, unit, build, step, stop in (
        ("ECL ring .tran", 7, "gates", transistors.ecl_ring, 0.1e-9, 500e-9),
        ("ECL ring .tran", 31, "gates", transistors.ecl_ring, 0.1e-9, 500e-9),
        ("TTL chain .tran", 4, "gates", transistors.ttl_chain, 1e-9, 1e-6),
        ("TTL chain .tran", 40, "gates", transistors.ttl_chain, 1e-9, 1e-6),
        ("741 chain .tran", 1, "op-amps", transistors.opamp_chain, 1e-6, 2e-3),
        ("741 chain .tran", 20, "op-amps", transistors.opamp_chain, 1e-6, 2e-3),
        ("Gilbert mixers .tran", 2, "mixers", transistors.mixers, 2e-9, 10e-6),
        ("Gilbert mixers .tran", 20, "mixers", transistors.mixers, 2e-9, 10e-6),
    ):
        card = f".tran {step:g} {short * stop:g} 0 {step:g}"
        vacask = "741" not in family
        precise = "reltol=1e-5" if size == 20 and not quick else ""
        yield case(
            "bipolar",
            family,
            size,
            unit,
            partial(build, size),
            card,
            vacask=vacask,
            precise=precise,
        )
    for points in (1000, 100_000) if quick else (1000, 100_000, 1_000_000):
        yield case(
            "bipolar",
            "bridge rectifier .tran",
            points,
            "points",
            transistors.bridge_rectifier,
            f".tran 1u {points * 1e-6:g} 0 1u",
            vacask=True,
            tight="reltol=1e-6" if points < 1_000_000 else "",
        )


def _sweeps(quick: bool) -> Iterator[Case]:
    curves = [transistors.BIPOLAR, "vc c 0 0", "ib 0 b 0", "q1 c b 0 qn"]
    points = 1000 if quick else 10_000
    yield case(
        "bipolar",
        "BJT curves .dc",
        20 * points,
        "points",
        lambda: curves,
        f".dc vc 0 5 {5 / points:g} ib 1u 20u 1u",
    )
    step = 2e-2 if quick else 2e-3
    for number in (1, 20):
        chain = partial(_held_chain, number)
        yield case(
            "bipolar",
            "741 chain .dc",
            number,
            "op-amps",
            chain,
            f".dc vin -5 5 {step:g}",
        )


def _held_chain(number: int) -> list[str]:
    """The chain without its sine."""
    return [line.replace("sin(0 1 10k)", "") for line in transistors.opamp_chain(number)]


def _small_signal(many: int) -> Iterator[Case]:
    wide, noise = f"dec {780 * many} 10 1g", ".noise v(out) vin"
    opamps, one, amplifiers = transistors.opamp_chain, transistors.common_emitter, transistors.amplifiers
    for family, size, unit, build, card in (
        ("741 chain .ac", 20, "op-amps", partial(opamps, 20), f".ac dec {100 * many} 10 10meg"),
        ("741 .noise", 1, "op-amp", partial(opamps, 1), f".noise v(s1) vin dec {1000 * many} 10 10meg"),
        (
            "amplifiers .noise",
            20,
            "stages",
            partial(amplifiers, 20),
            f".noise v(s3) vin dec {20 * many} 10 10meg",
        ),
        (
            "amplifiers .noise",
            200,
            "stages",
            partial(amplifiers, 200),
            f".noise v(s3) vin dec {20 * many} 10 10meg",
        ),
        ("common emitter .ac", 6250 * many, "points", one, f".ac {wide}"),
        ("common emitter .noise", 6250 * many, "points", one, f"{noise} {wide}"),
    ):
        yield case("bipolar", family, size, unit, build, card)


def _textbook() -> Iterator[Case]:
    """The amplifier of the textbooks, as it is run most: a few milliseconds of work."""
    for card in (
        ".op",
        ".ac dec 20 10 100meg",
        ".noise v(out) vin dec 20 10 100meg",
        ".tran 1u 300u",
        ".dc vcc 0 12 0.1",
    ):
        name = f"common emitter, short {card.split()[0]}"
        yield case("bipolar", name, 1, "transistor", transistors.common_emitter, card)
