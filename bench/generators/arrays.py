"""Crossbar arrays of the benchmark, in Python and as decks."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from bench.peers.crossbars import conductances, inputs
from circuitnn import Circuit
from circuitnn.crossbar import MVM, Access, Crossbar, Device, Gated, Pulse, Resistance
from circuitnn.netlist.writer import write

SEGMENTS = ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance")
PULSE, WRITE, TSTOP = (50e-9, 1e-9, 1e-9), -1.5, 60e-9


def lines(ohms: float) -> dict[str, Any]:
    """The same resistance for all segments, also before the first and after the last cell."""
    return dict.fromkeys(SEGMENTS, ohms)


def linear(n: int) -> Crossbar:
    """Fixed conductances, 1 Ohm segments."""
    return Crossbar(n, n, conductances(n), **lines(1.0))


def selectors(n: int) -> Crossbar:
    """Cells of sinh(v), 2 Ohm segments."""
    g = conductances(n)
    return Crossbar(n, n, Device("sinh_selector", i0=g / 14, v0=1 / 14), **lines(2.0))


def gated(n: int) -> Crossbar:
    """Resistances behind transistors, 2 Ohm segments."""
    cell = Gated(Resistance(1.0 / conductances(n)), Device("ekv", vto=0.4, w=1e-5))
    return Crossbar(n, n, cell, **lines(2.0))


def gated_read(n: int) -> Access:
    """Read one of its rows; the transistors of the others are off."""
    return Access(n - 1, n - 1, 0.3, "grounded", gate=1.5)


def memristors(n: int) -> Crossbar:
    """Memristors with resistance and capacitance of the lines, for a write pulse."""
    states = np.random.default_rng(3).uniform(0.2, 0.8, (n, n))
    cell = Device("vteam", ron=1e3, roff=1e5, von=-1.0, voff=1.0, x0=states)
    return Crossbar(n, n, cell, **lines(1.0), wordline_capacitance=1e-15, bitline_capacitance=1e-15)


@lru_cache(maxsize=1)
def flat_deck(n: int) -> str:
    """The array of the product as a flat deck."""
    return str(linear(n).export_deck(MVM(inputs(n)[0])))


def declared_deck(n: int) -> str:
    """The same array as a card; `declared_file` has its conductances."""
    card = f".crossbar x1 rows={n} cols={n} file.g=cells.npy rw=1 rb=1 rd=1 rs=1 left=in bottom=0"
    drivers = [f"v{k} in{k} 0 {volts!r}" for k, volts in enumerate(inputs(n)[0].tolist())]
    return "\n".join(["crossbar", card, *drivers, ".op", ".end", ""])


def declared_file(n: int, folder: Path) -> None:
    """Write the conductances of `declared_deck` into its folder."""
    np.save(folder / "cells.npy", conductances(n))


@lru_cache(maxsize=1)
def gated_deck(n: int) -> str:
    """The read of the 1T1R array as a flat deck, the transistors as behavioural sources."""
    return str(gated(n).export_deck(gated_read(n)))


@lru_cache(maxsize=1)
def write_deck(n: int) -> str:
    """The write pulse as a flat deck, the memristors as behavioural sources."""
    return str(memristors(n).export_deck(Access(0, 0, WRITE), waves=Pulse(*PULSE), tstop=TSTOP))


@lru_cache(maxsize=1)
def sinh_memristors(side: int) -> str:
    """A flat deck of memristors with letter N and 1 Ohm segments.

    One word line is raised by a write pulse, its bit line is at ground, all others are at half (V/2). Every cell
    starts from another state.
    """
    cards = [f"write pulse into a {side}x{side} array of sinh memristors"]
    pick, rng = side // 2, np.random.default_rng(1)
    for k in range(side):
        high, low = (1.0, 0.0) if k == pick else (0.5, 0.5)
        cards.append(f"vw{k} w{k}_0 0 pulse(0 {high} 0.5u 1u 1u 4u)")
        cards.append(f"vb{k} b0_{k} 0 pulse(0 {low} 0.5u 1u 1u 4u)")
    starts = rng.uniform(0.05, 0.6, (side, side))
    for i in range(side):
        for j in range(side):
            if j:
                cards.append(f"rw{i}_{j} w{i}_{j - 1} w{i}_{j} 1")
                cards.append(f"rb{j}_{i} b{j - 1}_{i} b{j}_{i} 1")
            cards.append(f"n{i}_{j} w{i}_{j} b{i}_{j} m x0={starts[i, j]:.6f}")
    watched = [f"v(w{pick}_{side - 1})", f"v(b{side - 1}_{pick})", f"i(vb{pick})", f"i(vw{pick})"]
    cards += [".model m yakopcic ap=4e5 an=4e5 vp=0.4 vn=0.4 a1=2e-4 a2=2e-4"]
    cards += [f".save {' '.join(watched)}", ".options reltol=1e-5", ".tran 0.1u 6u 0 0.05u uic", ".end", ""]
    return "\n".join(cards)


@lru_cache(maxsize=1)
def sinh_memristors_for_ngspice(side: int) -> str:
    """The same deck with the models as behavioural subcircuits."""
    return write(Circuit.from_text(sinh_memristors(side)).flat)
