"""Logic beside a flat circuit: nets, and the parts between them, as plain data."""

from __future__ import annotations

from circuitnn.logic.code_model import Settings
from circuitnn.records import dataclass

Pin = tuple[int, bool]  # a net (-1: none), and whether it is inverted


@dataclass(frozen=True, eq=False)
class LogicPart:
    """An instance of a digital code model.

    Parameters
    ----------
    name : str
        As for elements: ``a1``; in a subcircuit ``a.x1.a1``.
    model : str
        Name of the code model.
    inputs, outputs : tuple of (int, bool)
        Nets, in the order of the card, and whether they are inverted.
    widths : tuple of int
        Number of nets of each port, in the order of the card.
    nodes : tuple of int
        For bridges: nodes of the circuit whose voltages they read.
    driven : tuple of int
        For bridges: nodes of the circuit whose voltages they fix.
    sources : tuple of str
        For bridges: sources that they drive.
    settings : mapping of str to float, str or tuple
        Every parameter.
    where : str
        ``file:line`` of its card.
    automatic : bool
        Whether it is a bridge without a card, inserted as by ngspice.
    """

    name: str
    model: str
    inputs: tuple[Pin, ...]
    outputs: tuple[Pin, ...]
    settings: Settings
    widths: tuple[int, ...] = ()
    nodes: tuple[int, ...] = ()
    driven: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    where: str = ""
    automatic: bool = False


@dataclass(frozen=True, eq=False)
class LogicCircuit:
    """Nets and parts.

    Parameters
    ----------
    nets : tuple of str
        Names. A net with the name of a node is joined to it by a bridge.
    parts : tuple of LogicPart
    """

    nets: tuple[str, ...]
    parts: tuple[LogicPart, ...]
