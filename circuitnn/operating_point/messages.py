"""Messages of Verilog-A modules at accepted points: ``$strobe`` writes a line, ``$warning`` warns, ``$finish`` ends.

They are looked for after every point, in the order of the devices, never while a point is solved for.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, cast

import numpy as np

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbols
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.models import named, of_any_letter
from circuitnn.models.messages import END, EVENT, POINT, START, Message

if TYPE_CHECKING:
    from circuitnn._cext.group import DeviceGroup
    from circuitnn.options import Options
    from circuitnn.system import System
    from circuitnn.system.groups import Placed
    from circuitnn.veriloga.device import VerilogA

_WARNING = frozenset(("$warning", "$error"))
_ENDING = frozenset(("$finish", "$stop"))


class _Group:
    """Devices of one kernel that have messages.

    Parameters
    ----------
    model : type of VerilogA
    placed : Placed
    group : DeviceGroup or None
        What evaluates them; linear devices need none, and remember nothing.
    gmin : float
    """

    def __init__(self, model: type[VerilogA], placed: Placed, group: DeviceGroup | None, gmin: float) -> None:
        self.model, self.placed, self.group = model, placed, group
        self.fixed = {name: np.asarray(column) for name, column in placed.columns.items()}
        self.fixed["gmin"] = np.asarray(gmin)
        moving = placed.kernel.moving if group is not None else ()
        self.moving = {name: placed.kernel.columns.index(name) for name in moving}
        self.messages = [message for message in model.messages if self._possible(message)]
        self._compile(gmin)
        self.remember()

    def _possible(self, message: Message) -> bool:
        """Whether a message may ever be shown: many wait for parameters that no device has."""
        condition = message.condition
        if not symbols([condition]) <= self.fixed.keys() - self.moving.keys():
            return True
        return bool(np.any(np.not_equal(evaluate([condition], self.fixed)[0], 0.0)))

    def _compile(self, gmin: float) -> None:
        """Compile the conditions: they are asked at every point, and most are false."""
        from circuitnn.equations.bytecode import compile_program  # few circuits have messages

        conditions = [message.condition for message in self.messages]
        used = symbols(conditions)
        memories = [name for name in self.moving if name in used]
        others = [name for name in self.fixed if name in used and name not in (*memories, "gmin")]
        self._memories, self._gmin = memories, gmin
        self._numbers = np.zeros((len(memories) + len(others), self.placed.nodes.shape[1]))
        for row, name in enumerate(others, start=len(memories)):
            self._numbers[row] = self.fixed[name]
        names = [*memories, *others]
        self._conditions = compile_program(conditions, names, self.placed.kernel.inputs).handle()

    def remember(self) -> None:
        """Keep what the devices remember: at the next point, messages are about that."""
        self.before = {name: self._now(name).copy() for name in self.moving}

    def _now(self, memory: str) -> np.ndarray:
        """What the devices remember now."""
        assert self.group is not None  # else there are no memories
        return self.group.columns[self.moving[memory]]

    def values(self, x: np.ndarray, time: float) -> dict[str, np.ndarray]:
        """Numbers of the devices at a point, by symbol."""
        placed = self.placed
        numbers = self.fixed | {"time": np.asarray(time)} | self.before
        return numbers | dict(zip(placed.kernel.inputs, x[placed.nodes], strict=True))

    def shown(self, kinds: set[str], x: np.ndarray, time: float) -> Iterator[tuple[Message, int]]:
        """Messages of some kinds that are shown now, and the numbers of their devices."""
        for row, name in enumerate(self._memories):
            self._numbers[row] = self.before[name]
        inputs = x[self.placed.nodes]
        every = self._conditions.evaluate(inputs, self._numbers, (time, self._gmin)) != 0.0
        for message, shows in zip(self.messages, every, strict=True):
            if message.when not in kinds or not shows.any():
                continue
            if message.counter:
                shows = shows & (self._now(message.counter) != self.before[message.counter])
            yield from ((message, k) for k in np.flatnonzero(shows).tolist())


class Messages:
    """What the modules of a circuit have to say.

    Parameters
    ----------
    system : System
    options : Options
    """

    def __init__(self, system: System, options: Options) -> None:
        self._groups: list[_Group] = []
        self.fatal: AnalysisError | None = None
        self.ended = ""
        self.first = True  # no point has been told yet
        if not of_any_letter():
            return
        groups = {id(c.placed): g for c, g in zip(system.condensed, system.groups, strict=True)}
        for placed in system.placed:
            try:
                model = named(placed.name)
            except KeyError:  # a behavioural source
                continue
            if not model.messages:
                continue
            module = cast("type[VerilogA]", model)  # no other models have messages
            group = _Group(module, placed, groups.get(id(placed)), options.gmin)
            if group.messages:
                self._groups.append(group)

    def __bool__(self) -> bool:
        """Whether there may be any."""
        return bool(self._groups)

    def go_on(self, earlier: Messages) -> None:
        """Take the place of the messages of the same run, whose circuit has been made anew."""
        self.first = earlier.first

    def remember(self) -> None:
        """Keep what the devices remember before the next point is solved for."""
        for group in self._groups:
            group.remember()

    def tell(self, x: np.ndarray, time: float, where: str) -> bool:
        """Show the messages of an accepted point; returns whether one ends the run.

        Parameters
        ----------
        x : ndarray, shape (n + 1,)
        time : float
            [s]
        where : str
            The point in words.
        """
        kinds = {POINT, EVENT, START} if self.first else {POINT, EVENT}
        self.first = False
        self._tell(kinds, x, time, where)
        return bool(self.ended or self.fatal)

    def of_static_point(self, x: np.ndarray, where: str) -> bool:
        """Show the messages of an operating point; returns whether one ends the run.

        Raises
        ------
        AnalysisError
            One is ``$fatal``.
        """
        ends = bool(self) and self.tell(x, 0.0, where)
        if self.fatal is not None:
            raise self.fatal
        return ends

    def end(self, x: np.ndarray, time: float, where: str) -> None:
        """Show what is shown after the last point."""
        self._tell({END}, x, time, where)

    def _tell(self, kinds: set[str], x: np.ndarray, time: float, where: str) -> None:
        for group in self._groups:
            values: dict[str, np.ndarray] = {}
            for message, k in group.shown(kinds, x, time):
                values = values or group.values(x, time)
                self._show(group, message, k, values, where)

    def _show(
        self, group: _Group, message: Message, k: int, values: dict[str, np.ndarray], where: str
    ) -> None:
        """Show the message of one device."""
        from circuitnn.veriloga.messages import text_of

        numbers = {name: float(v[k]) if v.ndim else float(v) for name, v in values.items()}
        instance, task = group.placed.instances[k], message.task
        if task in _ENDING:
            self.ended = self.ended or f"{task} of {instance} ended the run {where}"
            return
        text = text_of(message, numbers, instance)
        sentence = f"{group.model.written_at(message.at)}: {task} of {instance} {where}: {text}"
        if task == "$fatal":
            self.fatal = self.fatal or AnalysisError(sentence)
        elif task in _WARNING:
            warnings.warn(sentence, DeckWarning, stacklevel=2)
        else:
            print(text, end="" if task == "$write" or text.endswith("\n") else "\n")
