"""Run a transient block by block, within its budget, watched and interruptible."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, BudgetError, CircuitnnError, ConvergenceError, SingularMatrixError
from circuitnn.machine import budget, interrupts
from circuitnn.recording.rows import no_more_points
from circuitnn.transient.chattering import Chattering
from circuitnn.transient.stalling import Stalling

if TYPE_CHECKING:
    from circuitnn._cext.transient import Transient
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.operating_point.undefined_operations import DomainWatch
    from circuitnn.recording.rows import PointReceiver
    from circuitnn.registry.analyses import Progress
    from circuitnn.transient.instability import InstabilityMonitor

MORE = 3
# A block of output rows is about this many numbers …
BLOCK_NUMBERS = 1 << 18
# … and at most this many rows, so that Ctrl-C and the progress bar are served.
BLOCK_ROWS = 4096


def to_end(
    transient: Transient,
    simulation: Simulation,
    rows: PointReceiver,
    tstop: float,
    progress: Progress | None,
    monitor: InstabilityMonitor | None,
) -> tuple[CircuitnnError | None, str]:
    """Run a transient block by block to its end.

    Parameters
    ----------
    transient : Transient
    simulation : Simulation
    rows : PointReceiver
        Takes the points; it is ended here.
    tstop : float
        [s]
    progress : callable, optional
        Called with the progress; its ``points``, if present, receives each block, and its ``host`` drives sources.
    monitor : InstabilityMonitor, optional
        Looks at the circuit where steps are long.

    Returns
    -------
    (CircuitnnError or None, str)
        The error that ended it early, if any, and a message; an interrupt is not an error.
    """
    host = getattr(progress, "host", None)
    if host is not None:
        transient.follow(host)
    failure, message = _blocks(transient, simulation, rows, tstop, progress, monitor)
    if failure is not None and transient.t == 0.0 and simulation.regularisation.make(charges=True):
        # Without an operating point, floating parts have not been noticed yet.
        transient.set_conditions(simulation.conditions)
        failure, message = _blocks(transient, simulation, rows, tstop, progress, monitor)
    if isinstance(failure, ConvergenceError) and monitor is not None and monitor.recovers():
        failure, message = _blocks(transient, simulation, rows, tstop, progress, monitor)
    if isinstance(failure, (ConvergenceError, SingularMatrixError)) and transient.pseudo_transient.allow():
        began = transient.t
        again = _blocks(transient, simulation, rows, tstop, progress, monitor)
        if transient.t > began:
            failure, message = again
    if host is not None:
        host.end()
    try:
        rows.end()
    except OSError as error:
        full = no_more_points(f"tran: no more points after t = {transient.t:g} s", error)
        failure, message = failure or full, message or str(full)
    return failure, message


def _blocks(
    transient: Transient,
    simulation: Simulation,
    rows: PointReceiver,
    tstop: float,
    progress: Progress | None,
    monitor: InstabilityMonitor | None,
) -> tuple[CircuitnnError | None, str]:
    """Run from where the transient is until its end or a failure."""
    seen = getattr(progress, "points", None)
    capacity = max(16, min(BLOCK_ROWS, BLOCK_NUMBERS // rows.width))
    strides = simulation.watch.strides()
    watchers = Stalling(simulation, tstop), Chattering(simulation, tstop)
    status = MORE
    try:
        while status == MORE:
            where = f"tran at t = {transient.t:g} s"
            budget.ask_time(where)
            budget.ask_points(len(rows), where)
            budget.ask_memory(8 * capacity * rows.width, where)
            block = rows.room(capacity)
            if simulation.messages:
                count, status = _with_messages(transient, simulation, strides, block, monitor)
            else:
                count, status = _fill(transient, simulation.watch, strides, block, monitor)
            if count:
                rows.add(block[:count])
                if seen is not None:
                    seen(rows.blank, block[:count])
            simulation.newton.answer()
            for watcher in watchers:
                watcher.look(transient)
            for driven in simulation.system.driven:
                driven.check()
            if progress is not None:
                progress(min(transient.t / tstop, 1.0), "tran")
    except KeyboardInterrupt:
        interrupts.answer()
        return None, f"tran: interrupted at t = {transient.t:g} s"
    except (BudgetError, AnalysisError) as error:  # the points so far are kept
        return error, str(error)
    except budget.REFUSALS as refused:
        spent = budget.out_of_memory(where, refused)
        return spent, str(spent)
    except OSError as error:
        full = no_more_points(f"tran: no more points after t = {transient.t:g} s", error)
        return full, str(full)
    if simulation.messages.fatal is not None:
        return simulation.messages.fatal, str(simulation.messages.fatal)
    if status == 0:
        return None, ""
    where = f" at t = {transient.t:.6g} s, h = {transient.failed_h:.3g} s"
    failure = simulation.failure(status, "tran", where, transient.unknowns())
    return failure, str(failure)


def _advance(transient: Transient, monitor: InstabilityMonitor | None, rows: np.ndarray) -> tuple[int, int]:
    """Fill rows, checking for instability where steps are long; returns their number and the status."""
    if monitor is None:
        return transient.run(rows)
    filled, status, most = 0, MORE, transient.accepted + len(rows)
    while status == MORE and filled < len(rows) and transient.accepted < most:
        count, status = transient.run(rows[filled:])
        filled += count
        if status == MORE:
            monitor.look()
    return filled, status


def _with_messages(
    transient: Transient,
    simulation: Simulation,
    strides: Iterator[int],
    block: np.ndarray,
    monitor: InstabilityMonitor | None,
) -> tuple[int, int]:
    """Fill a block of rows point by point, and show the messages of each."""
    messages, filled, status, most = simulation.messages, 0, MORE, transient.accepted + len(block)
    while status == MORE and filled < len(block) and transient.accepted < most:
        messages.remember()
        before, begin = transient.accepted, transient.t
        start = transient.unknowns() if messages.first else None
        count, status = _fill(transient, simulation.watch, strides, block[filled : filled + 1], monitor)
        filled += count
        if not count and transient.accepted == before:
            continue
        if start is not None and not count:  # the start is not recorded, but is a point
            messages.tell(start, begin, f"at t = {begin:.6g} s")
            messages.remember()
        x, where = transient.unknowns(), f"at t = {transient.t:.6g} s"
        if messages.tell(x, transient.t, where):
            status = 0
            if messages.ended:
                simulation.statistics.notes.append(messages.ended)
        if status == 0:
            messages.end(x, transient.t, where)
    return filled, status


def _fill(
    transient: Transient,
    watch: DomainWatch,
    strides: Iterator[int],
    block: np.ndarray,
    monitor: InstabilityMonitor | None,
) -> tuple[int, int]:
    """Fill a block of rows; returns their number and the status. The watch sees points at growing distances."""
    if not watch:
        return _advance(transient, monitor, block)
    filled, status, most = 0, MORE, transient.accepted + len(block)
    while (
        status == MORE and filled < len(block) and transient.accepted < most
    ):  # before tstart no row is filled
        count, status = _advance(transient, monitor, block[filled : filled + next(strides)])
        filled += count
        watch.see(transient.unknowns(), "", transient.t)
    return filled, status
