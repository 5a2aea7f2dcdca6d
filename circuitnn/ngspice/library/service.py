"""The engine behind ``libcircuitnn.so``: it answers the library's requests.

Simulations run in the main thread, the only one that handles signals: a signal halts a simulation within a tenth of a
second, even inside the compiled time loop. A second thread reads the requests. It answers those about plots and
vectors itself, so that a host can inspect a simulation that runs in the background.
"""

from __future__ import annotations

import os
import queue
import signal
import socket
import struct
import threading
import time
from collections.abc import Callable

import numpy as np

from circuitnn.errors import internal
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.blocks import Quit
from circuitnn.ngspice.control.plots import Plot, Plots
from circuitnn.ngspice.library import vectors
from circuitnn.ngspice.library.frames import Channel, flag, number, text, texts
from circuitnn.ngspice.library.session import Session
from circuitnn.ngspice.library.streaming import PointStream
from circuitnn.registry.analyses import ANALYSES

HALT = signal.SIGUSR1
LOOK = (0, b"")  # no answer: look whether to halt
SOON = 0.001  # time between two looks whether an aborted simulation has ended [s]
BACKGROUND = "bg_"
NEW_RUNS = frozenset(
    "run reset source circbyline remcirc setcirc quit exit bye".split()
)  # end a halted simulation


class Engine:
    """One engine for one host program.

    Parameters
    ----------
    end : socket.socket
        The engine's end.
    """

    def __init__(self, end: socket.socket) -> None:
        self.channel = Channel(end)
        self.points = PointStream(self.channel, False, self._pause)
        self.session = Session(self._say, self.points, self._source)
        self.answers: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()  # from functions of the host
        self._asked = 0  # number of calls of the host's functions
        self.work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.background = False
        self._halted = threading.Event()  # whether the host wants a halt
        self._go = threading.Event()
        self._go.set()
        self._stopped = threading.Event()  # whether the simulation is halted or has ended
        self._stopped.set()
        self._dropped = False  # whether the simulation is to end
        self._running = False  # whether its command has begun and not ended
        self._pausing = (
            False  # whether the main thread uses the events, whose locks a signal must not take again
        )
        self._main = threading.main_thread().ident or 0

    def serve(self) -> None:
        """Answer requests until the host is gone."""
        signal.signal(HALT, lambda *_: None if self.channel.interrupted else self._pause())
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C at a terminal is meant for the host
        threading.Thread(target=self._read, daemon=True).start()
        threading.Thread(target=self._watch, daemon=True).start()
        while True:
            self.work.get()()

    def _watch(self) -> None:
        """End with the host, also while the reading thread waits for a simulation to stop."""
        self.channel.wait_for_end()
        os._exit(0)

    # ---- the reading thread

    def _read(self) -> None:
        while (frame := self.channel.receive()) is not None:
            kind, payload = frame
            try:
                self._request(kind, payload)
            except Exception as error:  # last resort: every request gets a reply
                self._say(internal(error), True)
                self._reply(1)
        os._exit(0)  # a simulation may be running, and nobody waits for it

    def _request(self, kind: str, payload: bytes) -> None:
        if kind == "c":
            self._command(texts(payload)[0])
        elif kind == "l":
            self._drop()
            self.work.put(lambda: self._reply(self._guarded(lambda: self.session.load(texts(payload)))))
        elif kind == "x":
            self.answers.put((struct.unpack_from("=i", payload)[0], payload[4:]))
        elif kind == "i":
            self.points.wanted = payload != b"\0"
            self._reply(0)
        elif kind == "p":
            self._reply(0, text(self._plots().current.name))
        elif kind == "P":
            names = list(self._plots().all)[::-1]
            self._reply(0, number(len(names)), *map(text, names))
        elif kind == "V":
            self._all_vectors(texts(payload)[0])
        elif kind == "v":
            self._vector(texts(payload)[0])
        elif kind == "b":
            self._reply(int(self._breakpoint(struct.unpack("=d", payload)[0])))
        elif kind == "y":
            self.points.host.synchronise(None if payload == b"\0" else self._step)
            self._reply(0)
        else:
            self._reply(1)

    def _reply(self, status: int, *fields: bytes) -> None:
        self.channel.send("r", number(status), *fields)

    def _command(self, line: str) -> None:
        name, _, rest = line.strip().partition(" ")
        name = lowered(name)
        if name == "bg_halt":
            self._halt()
            self._reply(0)
        elif name in ("bg_resume", "resume"):
            self._resume()
            self._reply(0)
        elif name.startswith(BACKGROUND):
            self._drop()
            self._start(f"{name.removeprefix(BACKGROUND)} {rest}")
            self._reply(0)
        else:
            self._in_turn(line)

    def _in_turn(self, line: str) -> None:
        """Run a command in the main thread, and reply when it has ended."""
        if self.background and not self._halted.is_set():
            self._say(f"Warning: cannot execute '{line}' while a simulation runs; type 'bg_halt' first", True)
            self._reply(1)
            return
        if self.background and lowered(line.partition(" ")[0]) not in NEW_RUNS and not self._analysis(line):
            self._beside(line)
            return
        self._drop()
        self.work.put(lambda: self._reply(self._guarded(lambda: self.session.command(line))))

    @staticmethod
    def _analysis(line: str) -> bool:
        return lowered(line.partition(" ")[0]) in ANALYSES

    def _beside(self, line: str) -> None:
        """Run a command while a simulation is halted; its points so far are the current plot."""
        plots, so_far = self.session.plots, self.points.so_far()
        before, name = plots.current, None
        if so_far is not None:
            plots.add(so_far)
            name = plots.current.name
        status = self._guarded(lambda: self.session.command(line))
        if name is not None:
            plots.all.pop(name, None)
            if plots.current.name == name:
                plots.current = before
        self._reply(status)

    def _start(self, line: str) -> None:
        self._halted.clear()
        self._dropped = False
        self._go.set()
        self.background = True
        self._stopped.clear()
        self.channel.send("B", flag(False))
        self.work.put(lambda: self._run_in_background(line))

    def _halt(self) -> None:
        """Halt the simulation in the background, and wait until it has halted."""
        if not self.background:
            return
        self._go.clear()
        self._halted.set()
        # The signal reaches the compiled loop. A main thread that waits for an answer of the host, which could arrive
        # through this thread only, may have got it just before it began to wait.
        signal.pthread_kill(self._main, HALT)
        self.answers.put(LOOK)
        self._stopped.wait()
        if self.background and not self._dropped:
            self.channel.send("B", flag(True))

    def _resume(self) -> None:
        if not self.background:
            self._say("Note: no simulation in the background to resume", False)
            return
        self._halted.clear()
        self._stopped.clear()
        self.channel.send("B", flag(False))
        self._go.set()

    def _drop(self) -> None:
        """Abort the simulation in the background; its points are kept."""
        if self.background:
            self._dropped = True
            self._halt()
            self._go.set()
            while self.background:
                time.sleep(SOON)

    # ---- the main thread

    def _run_in_background(self, line: str) -> None:
        self._guarded(lambda: self._abortable(line))
        self.background = self._dropped = False
        self._halted.clear()
        self._go.set()
        self._stopped.set()
        self.channel.send("B", flag(True))

    def _abortable(self, line: str) -> int:
        """Run a command, which signals may abort until it has ended."""
        self._running = True
        try:
            return self.session.command(line)
        finally:
            self._running = False

    def _pause(self) -> None:
        """Wait while the host wants the simulation to halt; abort it if another one is to come.

        The compiled loop swallows what a signal raises just outside the function of a source, so that the next call
        must raise again.
        """
        if not self.background or self._pausing:
            return
        while (
            self._halted.is_set() and not self._dropped
        ):  # the signal of a further halt may have come meanwhile
            self._pausing = True
            self._stopped.set()
            self._go.wait()
            self._pausing = False
        if self._dropped and self._running:
            raise KeyboardInterrupt

    def _guarded(self, run: Callable[[], int]) -> int:
        try:
            return run()
        except Quit as end:
            self.channel.send("E", number(end.code), flag(False), flag(True))
            return 0
        except KeyboardInterrupt:
            return 0
        except Exception as error:  # last resort: the host gets a message and goes on
            self._say(internal(error), True)
            return 1

    def _source(self, name: str, time: float) -> float:
        """Ask the host for the value of an external source."""
        (value,) = struct.unpack(
            "=d", self._ask("G", flag(name[0] == "v"), struct.pack("=d", time), text(name))
        )
        return float(value)

    def _step(
        self, time: float, step: float, before: float, rejected: bool, location: int
    ) -> tuple[bool, float]:
        """Ask the host about a step of a transient."""
        numbers = struct.pack("=ddd", time, step, before)
        again, step = struct.unpack("=id", self._ask("T", numbers, number(rejected), number(location)))
        return again != 0, step

    def _ask(self, kind: str, *fields: bytes) -> bytes:
        """Call a function of the host and wait for its answer.

        Answers carry the numbers of their calls, as an answer to an abandoned call may still arrive.
        """
        self._pause()
        self._asked += 1
        self.channel.send(kind, number(self._asked), *fields)
        self._pause()  # a signal during the frame had no effect
        while True:
            of, answer = self.answers.get()
            if of == self._asked:
                return answer
            self._pause()

    def _breakpoint(self, time: float) -> bool:
        """Add a breakpoint to the transient; return whether it will be met."""
        if self.session.missing:
            self._say(f"Error: ngSpice_SetBkpt: {self.session.missing}", True)
            return False
        if self.points.host.add(time):
            return True
        self._say(f"Error: ngSpice_SetBkpt: {time:g} s has passed, or is not a time", True)
        return False

    def _say(self, line: str, is_error: bool) -> None:
        self.channel.send("C", text(f"{'stderr' if is_error else 'stdout'} {line}"))

    # ---- plots

    def _plots(self) -> Plots:
        """The plots, with the points so far of a simulation in the background."""
        so_far = self.points.so_far() if self.background else None
        if so_far is None:
            return self.session.plots
        seen = Plots()
        seen.all = dict(self.session.plots.all)
        seen.add(so_far)
        return seen

    def _all_vectors(self, plot: str) -> None:
        plots = self._plots()
        chosen: Plot | None = plots.all.get(lowered(plot)) if plot else plots.current
        names = [] if chosen is None else vectors.names(chosen)
        self._reply(0, number(len(names)), *map(text, names))

    def _vector(self, name: str) -> None:
        location = vectors.find(self._plots(), name)
        if location is None:
            self._say(f"Error: no such vector {name}", True)
            self._reply(0, number(0))
            return
        plot, key = location
        kind, values = vectors.values(plot, key)
        is_complex = np.iscomplexobj(values)
        data = np.ascontiguousarray(values, dtype=complex if is_complex else float)
        shown = vectors.name_of(key)
        fields = (
            text(f"{plot.name}.{shown}"),
            text(shown),
            number(kind),
            flag(is_complex),
            number(len(data)),
        )
        self._reply(0, number(1), *fields, data.tobytes())
