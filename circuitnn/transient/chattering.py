"""Logic and circuit that change each other so fast that a transient takes for ever: which loop, and what helps.

A bridge whose input stays between its levels passes on "unknown", which may drive the input to a level and back. That
is what the deck says, so the run goes on.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import DeckWarning
from circuitnn.logic import code_models

if TYPE_CHECKING:
    from circuitnn._cext.transient import Transient
    from circuitnn.logic.connected import LogicPart
    from circuitnn.operating_point.mixed_signal import Mixed
    from circuitnn.operating_point.simulation import Simulation

POINTS = 50_000  # points after which a transient is examined; it has taken half a second
LONG = 5e6  # points of the whole transient that are too many: a minute
CHANGES = 500  # of a net, by which its period is known
RARE = 0.1  # of the most frequent value: what comes less often belongs to no cycle
RECENT = 0.5  # part of the run, up to now, over which they are counted
SHOWN = 6  # parts of the loop that are named


class Chattering:
    """Warns once of a transient that logic makes long.

    Parameters
    ----------
    simulation : Simulation
    tstop : float
        [s]
    """

    def __init__(self, simulation: Simulation, tstop: float) -> None:
        self.mixed, self.tstop = simulation.mixed, tstop  # no logic, or nothing more to say: None

    def look(self, transient: Transient) -> None:
        """Warn if so many points are still to come, and logic is why."""
        if self.mixed is None or transient.accepted < POINTS or not transient.t > 0.0:
            return
        mixed, self.mixed = self.mixed, None
        expected = transient.accepted / transient.t * self.tstop
        if expected < LONG:
            return
        fast, period = _changing(mixed, transient.t)
        if not len(fast):
            return
        warnings.warn(
            f"tran at t = {transient.t:.4g} s: {_loop(mixed, fast)} change in cycles of {period:.3g} s, so that the "
            f"run to {self.tstop:g} s takes about {expected:.1g} points. If this is not meant: levels in_low and "
            "in_high of the bridge that the circuit leaves faster, longer rise_delay and fall_delay, or .options "
            "minevent=TIME, below which no bridge reacts to the circuit",
            DeckWarning,
            stacklevel=2,
        )


def _changing(mixed: Mixed, t: float) -> tuple[np.ndarray, float]:
    """Nets that change most often, and the mean period of the first. [s]"""
    times, nets, values = mixed.kernel.changes()
    recent = times >= (1.0 - RECENT) * t
    counts = np.bincount(nets[recent], minlength=len(mixed.of.nets))
    most = int(counts.max(initial=0))
    if most < CHANGES:
        return np.zeros(0, np.intp), 0.0
    # A cycle takes a net up and down, mostly through "unknown" on both ways: it is the time after which the rarest of
    # its usual values comes again.
    mine = recent & (nets == int(np.argmax(counts)))
    often = np.bincount(values[mine])
    rarest = np.where(often > RARE * often.max(), often, most + 1).argmin()
    return np.flatnonzero(counts > 0.5 * most), float(np.diff(times[mine & (values == rarest)]).mean())


def _loop(mixed: Mixed, fast: np.ndarray) -> str:
    """The parts between which these nets are, in the order of signals, as words."""
    chosen = set(fast.tolist())
    parts = [p for p in mixed.of.parts if chosen & {net for net, _ in (*p.inputs, *p.outputs)}]
    names = [part.name for part in _in_order(parts, chosen)]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    nets = ", ".join(mixed.of.nets[k] for k in fast[:SHOWN].tolist())
    return f"the nets {nets} of the loop {' - '.join(names[:SHOWN])}{more}"


def _in_order(parts: list[LogicPart], nets: set[int]) -> Iterator[LogicPart]:
    """Parts along the signal, from a bridge that reads the circuit if there is one."""
    left = sorted(parts, key=lambda part: not _reads(part))
    while left:
        part: LogicPart | None = left.pop(0)
        while part is not None:
            yield part
            driven = nets & {net for net, _ in part.outputs}
            part = next((p for p in left if driven & {net for net, _ in p.inputs}), None)
            if part is not None:
                left.remove(part)


def _reads(part: LogicPart) -> bool:
    bridge = code_models()[part.model].bridge
    return bridge is not None and bridge.sees
