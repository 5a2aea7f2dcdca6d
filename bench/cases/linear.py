"""Linear circuits: grids of resistors, supply grids, ladders of resistors and capacitors, a train of pulses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from bench.generators import linear
from bench.generators.deck import case
from bench.runner.case import Case
from bench.runner.contenders import Function

DEFAULT_SOLVER = 12_000  # unknowns above which ngspice's default solver takes minutes for a grid


def cases(quick: bool) -> Iterator[Case]:
    """The group."""
    for side in (30, 100) if quick else (30, 100, 200, 400):
        yield _grid("resistor grid .op", "resistor_grid", side, side**2)
    for side in (30, 100) if quick else (30, 100, 300, 900):
        yield _grid("power grid .op", "power_grid", side, side**2 + (side // 4) ** 2)
    for sections, stop in ((1000, 200e-9), (10_000, 200e-9), *(() if quick else ((100_000, 100e-9),))):
        yield case(
            "linear",
            f"RC ladder .tran of {stop * 1e9:g} ns",
            sections,
            "sections",
            partial(linear.rc_ladder, sections),
            f".tran 0.5n {stop:g}",
            sparse=sections < 100_000,
            vacask=True,
            tight="reltol=1e-6",
            precise="reltol=1e-5" if sections == 10_000 and not quick else "",
        )
    for points in (1000, 100_000) if quick else (1000, 100_000, 1_000_000):
        yield case(
            "linear",
            "RC pulse train .tran",
            points,
            "points",
            linear.pulse_train,
            f".tran 5n {points * 5e-9:g} 0 5n",
            vacask=True,
            tight="reltol=1e-6" if points < 1_000_000 else "",
        )
    yield case(
        "linear",
        "LC ladder .ac",
        3000,
        "sections",
        partial(linear.lc_ladder, 3000),
        f".ac lin {200 if quick else 2000} 1meg 100meg",
    )
    for side in (20, 50) if quick else (20, 50, 150):
        yield case(
            "linear",
            "RC mesh .ac",
            side**2,
            "nodes",
            partial(linear.rc_mesh, side),
            f".ac dec {10 if quick or side > 50 else 100} 10k 10g",
            sparse=side <= 50,
        )


def _grid(family: str, build: str, side: int, nodes: int) -> Case:
    """Operating point of a grid; SciPy solves the same equations."""
    arguments = {"build": build, "side": side}
    made = case(
        "linear",
        family,
        nodes,
        "nodes",
        partial(getattr(linear, build), side),
        ".op",
        sparse=nodes < DEFAULT_SOLVER,
        vacask=nodes < 200_000,
        reference=Function("bench.cases.linear:by_scipy", arguments),
    )
    return Case(
        **{
            **vars(made),
            "contenders": {
                **made.contenders,
                "SciPy SuperLU": Function("bench.cases.linear:by_scipy", arguments),
            },
        }
    )


def by_scipy(build: str, side: int) -> Callable[[], dict[str, np.ndarray]]:
    """The saved voltages and currents, from the cards of the deck on."""
    lines = getattr(linear, build)(side)
    return lambda: {name: np.array([value]) for name, value in linear.nodal_reference(lines).items()}
