"""Definition of a digital code model: its ports, its parameters, and the kernel part that it becomes."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from circuitnn.records import dataclass

Setting = float | str | tuple[float, ...]  # of a parameter: a number or Boolean, text, a list
Settings = Mapping[str, Setting]


@dataclass(frozen=True)
class Port:
    """A port on the card of an instance.

    Parameters
    ----------
    name : str
    out : bool
        Whether it drives.
    vector : bool
        Whether it takes several nets, in brackets.
    optional : bool
        Whether it may be ``null``.
    analog : bool
        Whether it is a node of the circuit.
    """

    name: str
    out: bool = False
    vector: bool = False
    optional: bool = False
    analog: bool = False


@dataclass(frozen=True)
class PartData:
    """Data of an instance for the kernel: kind of the part, its numbers, a list of numbers, its initial memory."""

    kind: str
    numbers: tuple[float, ...] = ()
    table: tuple[float, ...] = ()
    memory: int = 4


@dataclass(frozen=True)
class Bridge:
    """What a code model is between nodes of the circuit and nets of logic.

    Parameters
    ----------
    sees : bool
        Whether it turns voltages into levels.
    drives : {"", "voltage", "conductance"}
        Whether it turns levels into anything, and what: a voltage between node and ground, or conductances from the
        node to a high and a low level.
    automatic : str
        Beginning of its names where none has a card.
    """

    sees: bool = False
    drives: str = ""
    automatic: str = ""

    @property
    def both(self) -> bool:
        """Whether it works in both directions: its net is an input, an output, or both."""
        return self.sees and bool(self.drives)


@dataclass(frozen=True)
class CodeModel:
    """A digital code model.

    Parameters
    ----------
    name : str
        Type of its model cards.
    meaning : str
    ports : tuple of Port
        In the order of the card.
    parameters : mapping of str to float, str or tuple
        Defaults, whose types are those of the values that a card may give.
    make : callable or None
        Takes the parameters and the numbers of nets of its inputs and outputs; raises ValueError for senseless
        values. None: a bridge.
    bridge : Bridge or None
    files : tuple of str
        Parameters that name files; the text of a file is the parameter with ``#text`` after its name.
    """

    name: str
    meaning: str
    ports: tuple[Port, ...]
    parameters: Settings
    make: Callable[[Settings, int, int], PartData] | None = None
    bridge: Bridge | None = None
    files: tuple[str, ...] = ()


LEAST = 1e-12  # delay, as in ngspice [s]


def number(settings: Settings, name: str) -> float:
    """A parameter that is one number."""
    value = settings[name]
    if not isinstance(value, float):
        raise ValueError(f"{name} is one number")
    return value


def delay(settings: Settings, name: str) -> float:
    """A delay, not shorter than the shortest. [s]"""
    seconds = number(settings, name)
    if seconds < 0.0:
        raise ValueError(f"{name} = {seconds:g} s is negative")
    return max(seconds, LEAST)


def numbers(settings: Settings, name: str) -> tuple[float, ...]:
    """A parameter that is a list."""
    value = settings[name]
    if isinstance(value, str):
        raise ValueError(f"{name} is a list of numbers")
    return value if isinstance(value, tuple) else (value,)


def initial(settings: Settings) -> float:
    """The initial state, parameter ``ic``: 0, 1, or 2 for unknown."""
    state = number(settings, "ic")
    if state not in (0.0, 1.0, 2.0):
        raise ValueError(f"ic = {state:g}: must be 0, 1, or 2 for unknown")
    return state


def text(settings: Settings, name: str) -> str:
    """A parameter that is text."""
    value = settings[name]
    return value if isinstance(value, str) else f"{value:g}"


def ins(*names: str) -> tuple[Port, ...]:
    """Inputs of one net each; a name that ends in ``?`` may be left out."""
    return tuple(Port(name.rstrip("?"), optional=name.endswith("?")) for name in names)


def outs(*names: str) -> tuple[Port, ...]:
    """Outputs of one net each; a name that ends in ``?`` may be left out."""
    return tuple(Port(name.rstrip("?"), out=True, optional=name.endswith("?")) for name in names)
