"""Points of a simulation as they come: kept for inspection during the run, and sent to the host on request."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from circuitnn._cext.host import Host
from circuitnn.ngspice.library.frames import Channel, flag, number, text
from circuitnn.ngspice.library.vectors import name_of
from circuitnn.records import replace
from circuitnn.results.result import Result

AT_ONCE = 4096  # points per frame


class PointStream:
    """Receiver of a run's progress, and of blocks of points of transients.

    Parameters
    ----------
    channel : Channel
    wanted : bool
        Whether the host has functions for points.
    pause : callable
        Called after each block: returns when the run may go on, or raises KeyboardInterrupt.

    Attributes
    ----------
    host : Host
        Breakpoints of transients, and the host's function for synchronising their steps.
    """

    def __init__(self, channel: Channel, wanted: bool, pause: Callable[[], None]) -> None:
        self.channel = channel
        self.wanted = wanted
        self.pause = pause
        self.blank: Result | None = None
        self.blocks: list[np.ndarray] = []
        self.host = Host()
        self._sent = 0
        self._shown = -1.0

    def __call__(self, fraction: float, what: str) -> None:
        """Report the progress of the run, in tenths of a percent."""
        if fraction - self._shown >= 1e-3 or fraction < self._shown:
            self._shown = fraction
            self.channel.send("S", text(f"{what}: {100.0 * fraction:.1f}%"))
        self.pause()

    def points(self, blank: Callable[[], Result], block: np.ndarray) -> None:
        """Take a block of points.

        Parameters
        ----------
        blank : callable
            Makes the result without points.
        block : ndarray, shape (points, variables)
        """
        if self.blank is None:
            self.blank = blank()
            self.announce(self.blank, "")
        self.blocks.append(block.copy())
        self.send(block)

    def so_far(self) -> Result | None:
        """Return the result so far of the current run.

        Returns
        -------
        Result or None
            None if there are no points yet.
        """
        blank, blocks = self.blank, list(self.blocks)
        if blank is None:
            return None
        data = np.concatenate(blocks)[:, : len(blank.names)]
        return replace(blank, data=data, complete=False, message="the simulation goes on")

    def announce(self, result: Result, plot: str) -> None:
        """Announce a result to the host, if it wants points.

        Parameters
        ----------
        result : Result
        plot : str
            Name of the plot.
        """
        self._sent = 0
        if not self.wanted:
            return
        real = not np.iscomplexobj(result.data)
        vectors = [flag(real) + text(name_of(name)) for name in result.names]
        head = (plot, result.title, time.ctime(), result.plotname)
        self.channel.send("I", *map(text, head), number(len(vectors)), *vectors)

    def send(self, rows: np.ndarray) -> None:
        """Send points to the host, if it wants them.

        Parameters
        ----------
        rows : ndarray, shape (points, variables)
        """
        if not self.wanted:
            return
        for start in range(0, len(rows), AT_ONCE):
            part = np.ascontiguousarray(rows[start : start + AT_ONCE])
            head = (number(len(part)), number(part.shape[1]), number(self._sent), flag(np.iscomplexobj(part)))
            self.channel.send("D", *head, part.tobytes())
            self._sent += len(part)

    def finished(self, result: Result, plot: str) -> None:
        """Send a result whose points have not been sent yet: that of any analysis but a transient.

        Parameters
        ----------
        result : Result
        plot : str
        """
        if self.blank is None:
            self.announce(result, plot)
            self.send(result.data)
        self.blank, self.blocks = None, []
