"""The full state of a circuit at one time, from which a run can continue."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.access import text_of
from circuitnn.machine.cached import cached_property
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import name_of, pairs_of, path_of
from circuitnn.machine.writing import whole
from circuitnn.records import dataclass, field, replace
from circuitnn.units import number_of

FORMAT = "circuitnn state 1"


class Packed(Mapping[str, float]):
    """A mapping of names to numbers whose names many states share: 8 bytes per number instead of a dictionary's 100.

    Parameters
    ----------
    names : tuple of str
    numbers : ndarray, shape (len(names),)
    """

    def __init__(self, names: tuple[str, ...], numbers: Any) -> None:
        self.names, self.numbers = names, numbers

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.names)}

    def __getitem__(self, name: str) -> float:
        return float(self.numbers[self._place[name]])

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class State:
    """Voltages, currents, states and memories of a circuit at one time.

    Parameters
    ----------
    time : float
        [s]
    unknowns : mapping of str to float
        Node voltages ``v(a)`` [V], branch currents ``i(l1)`` [A], states of devices ``@n1[t]``.
    memories : mapping of str to float
        Memories that events have set in devices: ``@s1[on]``.
    drawn : mapping of str to int
        Number of random numbers drawn so far by each device: ``@n1[tau]``.
    charges : mapping of str to float
        Charge or flux of each equation that stores any. A run that continues keeps them where a capacitance or
        inductance has been changed since: then voltages and currents jump. [C, Vs]

    Examples
    --------
    >>> state = State(1e-6, {"v(a)": 0.5}, {"@s1[on]": 1.0})
    >>> state["v(a)"], state["@s1[on]"]
    (0.5, 1.0)
    >>> state.changed({"v(a)": 0.6})["v(a)"]
    0.6
    """

    time: float
    unknowns: Mapping[str, float]
    memories: Mapping[str, float] = field(default_factory=dict)
    drawn: Mapping[str, int] = field(default_factory=dict)
    charges: Mapping[str, float] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        key = self._known(name)
        return self.unknowns[key] if key in self.unknowns else self.memories[key]

    def __contains__(self, name: object) -> bool:
        key = lowered(str(name)).replace(" ", "")
        return key in self.unknowns or key in self.memories

    def _known(self, name: str) -> str:
        key = name_of(name, "name of a value").replace(" ", "")
        if key not in self:
            raise AnalysisError(
                f"there is no {name} in this state{nearest(key, [*self.unknowns, *self.memories])}"
            )
        return key

    def changed(self, values: Mapping[str, float], time: float | None = None) -> State:
        """Copy with some values changed.

        Parameters
        ----------
        values : mapping of str to float
            Of unknowns and memories.
        time : float, optional
            Another time. [s]

        Returns
        -------
        State

        Raises
        ------
        AnalysisError
            A name is not in the state, or a value is not a finite number.
        """
        changes = pairs_of(values, "values", '{"v(out)": 0.5}')
        numbers = {self._known(name): number_of(value, name) for name, value in changes}
        return replace(
            self,
            time=self.time if time is None else number_of(time, "time"),
            unknowns={**self.unknowns, **{n: v for n, v in numbers.items() if n in self.unknowns}},
            memories={**self.memories, **{n: v for n, v in numbers.items() if n in self.memories}},
            charges={},
        )

    def packed(self, known: dict[tuple[str, ...], tuple[str, ...]]) -> State:
        """Copy that shares its names with other states, to save memory.

        Parameters
        ----------
        known : dict of tuple of str to the same tuple
            Names of other states; those of this state are added.

        Returns
        -------
        State
        """
        import numpy as np

        def of(numbers: Mapping[str, float]) -> Packed:
            names = tuple(numbers)
            values = np.fromiter(numbers.values(), float, len(names))
            return Packed(known.setdefault(names, names), values)

        return replace(self, unknowns=of(self.unknowns), memories=of(self.memories), charges=of(self.charges))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state to a file (JSON); numbers are read back bit by bit.

        Parameters
        ----------
        path : path

        Raises
        ------
        OSError
            The file cannot be written.
        """
        import json  # rarely needed

        parts: dict[str, Any] = {name: dict(getattr(self, name)) for name in _PARTS}
        with whole(path) as out:
            json.dump({"format": FORMAT, "time": self.time, **parts}, out, indent=1)
            out.write("\n")

    @staticmethod
    def load(path: str | os.PathLike[str]) -> State:
        """Read a state from a file.

        Parameters
        ----------
        path : path

        Returns
        -------
        State

        Raises
        ------
        AnalysisError
            The file cannot be read or is not a state.
        """
        import json

        try:
            fields = json.loads(text_of(path_of(path)))
            if not isinstance(fields, dict) or fields.get("format") != FORMAT:
                raise AnalysisError(f"{os.fspath(path)}: no state of a circuit: 'format' is not '{FORMAT}'")
            parts = {part: {str(k): float(v) for k, v in fields[part].items()} for part in _PARTS}
            drawn = {name: int(count) for name, count in parts.pop("drawn").items()}
            state = State(float(fields["time"]), drawn=drawn, **parts)
        except OSError as error:
            raise AnalysisError(f"{os.fspath(path)}: {error.strerror or error}") from None
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise AnalysisError(f"{os.fspath(path)}: no state of a circuit: {error!r}") from None
        values = [state.time, *state.unknowns.values(), *state.memories.values()]
        if not all(map(_finite, values)):
            raise AnalysisError(f"{os.fspath(path)}: a number of the state is not finite")
        return state


_PARTS = ("unknowns", "memories", "drawn", "charges")


def _finite(value: float) -> bool:
    return abs(value) < float("inf")
