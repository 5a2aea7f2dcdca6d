"""A stochastic model with its random numbers as parameters, for comparison with ngspice.

Everything except the drawing stays: events occur, and states and memories change, with the same number every time.
"""

from __future__ import annotations

from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.records import replace

# Default value at which a number of each distribution is frozen.
TYPICAL = {"uniform": 0.5, "normal": 0.5, "exponential": 1.0}


def frozen(model: type[Model]) -> type[Model]:
    """The model with a parameter for each random number, called ``<name>_frozen``.

    Parameters
    ----------
    model : type of Model

    Returns
    -------
    type of Model
        The model itself if it draws nothing.
    """
    randoms = dict(model.stated().randoms)
    if not randoms:
        return model
    numbers = tuple(
        Parameter(name, TYPICAL[kind], "", f"{kind} random number, frozen") for name, kind in randoms.items()
    )

    class Frozen(model):  # type: ignore[misc, valid-type]
        name = f"{model.name}_frozen"
        keywords = ()
        sets: dict = {}
        parameters = (*model.parameters, *numbers)

        @classmethod
        def equations(cls, m: Equations) -> None:
            super().equations(m)
            m.events = {n: replace(event, redraw=()) for n, event in m.events.items()}
            m.randoms.clear()

    Frozen.__doc__, Frozen.__module__ = model.__doc__, model.__module__
    return Frozen
