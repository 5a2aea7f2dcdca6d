"""Messages that a model shows at accepted points: what a Verilog-A module writes by ``$strobe`` and its relatives."""

from __future__ import annotations

from typing import NamedTuple

from circuitnn.equations.expr import Expr

POINT, START, EVENT, END = "point", "start", "event", "end"
COUNT = "held told "  # how memories begin that count events with messages: a step ends at these


class Message(NamedTuple):
    """A message.

    Parameters
    ----------
    when : str
        ``"point"``: at every accepted point; ``"start"``: at the first one; ``"event"``: when an event happens;
        ``"end"``: after the last point.
    condition : Expr
        Whether it is shown then.
    task : str
        ``$strobe``, …
    arguments : tuple of Expr or str
        A format and what it shows, or only the latter.
    at : int
        Place in the module.
    counter : str
        Memory that counts the event.
    """

    when: str
    condition: Expr
    task: str
    arguments: tuple[Expr | str, ...]
    at: int
    counter: str = ""
