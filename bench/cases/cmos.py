"""MOS transistors: transients of gates, memories and amplifiers; their operating points and sweeps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from bench.generators import transistors
from bench.generators.deck import case
from bench.runner.case import Case

Lines = Callable[[], list[str]]


def cases(quick: bool) -> Iterator[Case]:
    """The group."""
    short = 0.1 if quick else 1.0
    yield from _transients(quick, short)
    yield from _chains(quick, short)
    yield from _static(quick)


def _transients(quick: bool, short: float) -> Iterator[Case]:
    for family, size, unit, build, step, stop, more in (
        ("CMOS ring .tran", 11, "stages", partial(transistors.inverter_ring, 11), 0.2e-9, 200e-9, " uic"),
        ("CMOS ring .tran", 101, "stages", partial(transistors.inverter_ring, 101), 0.2e-9, 200e-9, " uic"),
        ("CMOS multiplier .tran", 4, "bits", partial(transistors.multiplier, 4), 0.5e-9, 100e-9, ""),
        ("CMOS multiplier .tran", 8, "bits", partial(transistors.multiplier, 8), 0.5e-9, 100e-9, ""),
        ("SRAM .tran", 64, "cells", partial(transistors.memory, 8, 8), 0.5e-9, 160e-9, ""),
        ("SRAM .tran", 256, "cells", partial(transistors.memory, 16, 16), 0.5e-9, 160e-9, ""),
        ("CMOS op-amp filters .tran", 2, "filters", partial(transistors.cmos_filter, 2), 0.1e-6, 400e-6, ""),
        (
            "CMOS op-amp filters .tran",
            20,
            "filters",
            partial(transistors.cmos_filter, 20),
            0.1e-6,
            400e-6,
            "",
        ),
    ):
        yield case(
            "cmos",
            family,
            size,
            unit,
            build,
            f".tran {step:g} {short * stop:g} 0 {step:g}{more}",
            vacask=not more and "SRAM" not in family,
            precise="reltol=1e-5" if size == 20 and not quick else "",
        )


def _chains(quick: bool, short: float) -> Iterator[Case]:
    for stages in (100, 1000) if quick else (100, 1000, 4000):
        build = partial(transistors.inverter_chain, stages)
        card = f".tran 0.2n {short * 40e-9:g} 0 0.2n"
        yield case("cmos", "CMOS chain .tran", stages, "stages", build, card, vacask=True)
    for number in (200,) if quick else (200, 2000):
        build = partial(transistors.inverters_side_by_side, number)
        card = f".tran 0.2n {short * 40e-9:g}"
        yield case(
            "cmos", "CMOS inverters side by side .tran", number, "inverters", build, card, vacask=True,
        )  # fmt: skip
    for stages in (20,) if quick else (20, 100, 500):
        build = partial(transistors.bsim4_chain, stages)
        yield case(
            "cmos", "BSIM4 chain .tran", stages, "stages", build, ".tran 5p 2n", tight="reltol=1e-5"
        )  # fmt: skip
    for stages in (100, 500) if quick else (100, 500, 5000):
        build = partial(transistors.behavioural_chain, stages)
        yield case(
            "cmos", "behavioural inverter chain .tran", stages, "stages", build, ".tran 0.05n 20n",
            sparse=stages < 5000, tight="" if stages > 1000 else "reltol=1e-6",
        )  # fmt: skip


def _static(quick: bool) -> Iterator[Case]:
    curves = [transistors.CMOS, "vd d 0 0", "vg g 0 0", "m1 d g 0 0 mn l=2u w=10u"]
    points = 1000 if quick else 10_000
    yield case(
        "cmos", "MOS curves .dc", 21 * points, "points", lambda: curves, f".dc vd 0 5 {5 / points:g} vg 1 5 0.2"
    )  # fmt: skip
    for number in (1, 20) if quick else (1, 20, 400):
        build = partial(transistors.cmos_followers, number)
        yield case(
            "cmos", "CMOS op-amp followers .dc", number, "op-amps", build, ".dc vin -1.5 1.5 0.01"
        )  # fmt: skip
    for bits in (4, 16):
        build = partial(transistors.multiplier, bits, static=True)
        yield case("cmos", "CMOS multiplier .op", bits, "bits", build, ".op")
    for side in (16, 32):
        build = partial(transistors.memory, side, side)
        yield case("cmos", "SRAM .op", side**2, "cells", build, ".op")
    number = 10 if quick else 50
    build = partial(transistors.cmos_filter, number)
    yield case(
        "cmos", "CMOS op-amp filters .ac", number, "filters", build, f".ac dec {100 if quick else 1000} 10 100meg"
    )  # fmt: skip
