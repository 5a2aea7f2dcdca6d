"""Crossbar arrays: products beside other packages and as decks, batches, nonlinear reads, write pulses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from bench.generators import arrays
from bench.peers.crossbars import inputs
from bench.runner.accuracy import of_span
from bench.runner.case import OURS, Case, Contender, Outcome
from bench.runner.contenders import Function, Ngspice, Ours
from bench.runner.vacask import Vacask
from circuitnn.crossbar import MVM, Access, Pulse

GROUP = "arrays"
EXACT = 512  # the largest array that is compared with a direct solution
DECKS = 256  # the largest one as a flat deck
HERE = "bench.cases.arrays:"
PEERS = "bench.peers.crossbars:"
OF_OUTPUT = "largest error of an output current relative to itself"

Work = Callable[[], Any]


def cases(quick: bool) -> Iterator[Case]:
    """The group."""
    for n in (32, 64, 128) if quick else (32, 64, 128, 256, 512, 1024, 2048, 4096):
        yield _product(n)
    for n in (64,) if quick else (64, 128, 256):
        yield _batch(n)
    for n in (128,) if quick else (128, 1024, 4096):
        for family, work in (
            ("array, one cell selected, other lines floating", "floating"),
            ("array of sinh cells, V/2 read", "sinh"),
        ):
            yield Case(GROUP, family, n, "lines", {OURS: Function(HERE + work, {"n": n})})
    for n in (16, 64) if quick else (16, 64, 256):
        yield _gated(n)
    for n in (16,) if quick else (16, 64):
        yield _write(n)
        yield _sinh_memristors(n)


def _product(n: int) -> Case:
    """One matrix-vector product."""
    contenders: dict[str, Contender] = {OURS: Function(HERE + "product", {"n": n})}
    exact = Function(HERE + "product", {"n": n, "tolerance": 1e-13})
    if n <= EXACT:
        exact = contenders["SciPy SuperLU"] = Function(PEERS + "superlu", {"n": n})
        contenders["badcrossbar"] = Function(PEERS + "badcrossbar", {"n": n}, "badcrossbar")
    if n <= 128:
        contenders["mpimpy"] = Function(PEERS + "mpimpy", {"n": n}, "mpimpy")
    if n <= DECKS:
        deck = partial(arrays.flat_deck, n)
        contenders["circuitnn, flat deck"] = Ours(deck)
        contenders["circuitnn, .crossbar"] = Ours(
            partial(arrays.declared_deck, n), files=partial(arrays.declared_file, n)
        )
        contenders["ngspice KLU"] = Ngspice(deck, klu=True)
        contenders["VACASK"] = Vacask(deck)
    return Case(GROUP, "array, product", n, "lines", contenders, exact, of_outputs, OF_OUTPUT)


def _batch(n: int) -> Case:
    """A hundred input vectors."""
    given = {"n": n, "count": 100}
    superlu = Function(PEERS + "superlu", given)
    contenders: dict[str, Contender] = {
        OURS: Function(HERE + "batch", given),
        "SciPy SuperLU": superlu,
        "badcrossbar": Function(PEERS + "badcrossbar", given, "badcrossbar"),
    }
    return Case(GROUP, "array, 100 inputs", n, "lines", contenders, superlu, of_outputs, OF_OUTPUT)


def _gated(n: int) -> Case:
    """Read of a row of 1T1R cells, whose Jacobian is not symmetric."""
    general = Function(HERE + "gated", {"n": n, "engine": "general"})
    contenders: dict[str, Contender] = {
        OURS: Function(HERE + "gated", {"n": n}),
        "circuitnn, KLU": general,
        "ngspice KLU": Ngspice(partial(arrays.gated_deck, n), klu=True),
    }
    return Case(GROUP, "1T1R array, read", n, "lines", contenders, general, of_outputs, OF_OUTPUT)


def _write(n: int) -> Case:
    """A write pulse into an array of memristors."""
    contenders: dict[str, Contender] = {
        OURS: Function(HERE + "written", {"n": n}),
        "ngspice KLU": Ngspice(partial(arrays.write_deck, n), klu=True),
    }
    exact = Function(HERE + "written", {"n": n, "reltol": 1e-5, "statetol": 1e-8})
    told = "root mean square error of the written cell's state, over its span"
    return Case(GROUP, "memristors, write pulse", n, "lines", contenders, exact, of_span, told)


def _sinh_memristors(n: int) -> Case:
    """The same as decks, of another model; ngspice gets behavioural sources."""
    deck = partial(arrays.sinh_memristors, n)
    twins = partial(arrays.sinh_memristors_for_ngspice, n)
    contenders: dict[str, Contender] = {
        OURS: Ours(deck),
        "ngspice KLU": Ngspice(twins, klu=True),
        "ngspice": Ngspice(twins, klu=False),
    }
    told = "root mean square over the span of the worst saved signal"
    family = "sinh memristors, write pulse, deck"
    return Case(GROUP, family, n, "lines", contenders, Ours(deck, "reltol=1e-7"), of_span, told)


def of_outputs(found: Outcome, reference: Outcome) -> float:
    """Largest error of an output current relative to itself; decks call the outputs ``i(vbb0)``, ``i(vbb1)``, …"""
    exact = reference.vectors["values"].ravel()
    if "values" in found.vectors:
        values = found.vectors["values"].ravel()
    else:
        named = [found.vectors.get(f"i(vbb{j})") for j in range(len(exact))]
        values = np.array([np.nan if vector is None else vector.ravel()[0] for vector in named])
    read = np.abs(exact) > 1e-9 * np.abs(exact).max()  # in 1T1R arrays, of the row that is read
    return float(np.max(np.abs(values - exact)[read] / np.abs(exact)[read]))


def product(n: int, tolerance: float | None = None) -> Work:
    """One product, from the conductances on."""
    v = inputs(n)[0]
    more: dict[str, Any] = {} if tolerance is None else {"tolerance": tolerance}
    return lambda: arrays.linear(n).op(MVM(v), **more).output


def batch(n: int, count: int) -> Work:
    """Products of many inputs."""
    v = inputs(n, count)
    return lambda: arrays.linear(n).mvm(v)


def floating(n: int) -> Work:
    """One cell is selected, the other lines float."""
    return lambda: arrays.linear(n).op(Access(n - 1, n - 1, 1.0, "floating")).output


def sinh(n: int) -> Work:
    """Nonlinear cells."""
    return lambda: arrays.selectors(n).op(Access(n - 1, n - 1, 1.0)).output


def gated(n: int, engine: str = "") -> Work:
    """1T1R cells; the general engine solves by KLU."""
    tight: dict[str, Any] = {}
    if engine:
        tight = {"engine": engine, "reltol": 1e-9, "linear_solver": "klu"}
    return lambda: arrays.gated(n).op(arrays.gated_read(n), **tight).output


def written(n: int, **tight: float) -> Work:
    """The state of the written cell over time."""

    def work() -> dict[str, np.ndarray]:
        array = arrays.memristors(n)
        result = array.tran(Access(0, 0, arrays.WRITE), Pulse(*arrays.PULSE), arrays.TSTOP, **tight)
        return {"axis": np.asarray(result.time), "state": result.state()[:, 0, 0]}

    return work
