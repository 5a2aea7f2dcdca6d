"""What happens at moments: events, memories that flip, random values drawn anew."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.equations.graph import Expr, as_expr, ceil, symbol, where
from circuitnn.equations.kernel import Event, Kept


class Happenings:
    """The part of a model's statements that changes at accepted time points only."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        self.memories: dict[str, Expr] = {}
        self.randoms: dict[str, str] = {}
        self.carried: dict[str, Expr] = {}  # memories that take a new value at every accepted point,
        self.kept: Kept | None = None  # … and what they ask of the time steps, if they are variables

    def memory(self, name: str, flips: Expr) -> Expr:
        """Declare a memory of value 0 or 1 that flips when a condition becomes true.

        Parameters
        ----------
        name : str
        flips : Expr
            The memory flips where this becomes positive at a converged point.

        Returns
        -------
        Expr
            The memory.
        """
        self.event(name, flips, {name: 1.0 - symbol(name)})
        return symbol(name)

    def event(
        self, name: str, condition: Expr, updates: Mapping[str, Expr | float], redraw: tuple[str, ...] = ()
    ) -> None:
        """Change memories and states at the moment a condition becomes positive.

        Parameters
        ----------
        name : str
            Of the event.
        condition : Expr
            Must not be positive any more once the updates are made. Moments are located in time
            (along straight lines), stepped onto, and only seen at converged points.
        updates : mapping of str to Expr or float
            Memory or state → its new value, from the values before. Operating points change
            memories, but no states.
        redraw : tuple of str
            Random numbers that are drawn anew afterwards.
        """
        changes = tuple((target, as_expr(value)) for target, value in updates.items())
        self.events[name] = Event(condition, changes, redraw)

    def noise(self, name: str, interval: Expr) -> Expr:
        """Return a normal random value of variance 1 that changes at regular intervals from t = 0 on.

        The values and their times depend on the seed alone, not on the time steps. The power
        spectral density at low frequencies is 2·interval (one-sided, 1/Hz), its first zero at
        1/interval.

        Parameters
        ----------
        name : str
        interval : Expr
            0: no noise. [s]

        Returns
        -------
        Expr
        """
        due, on = f"{name}_due", interval > 0.0
        self.randoms[name] = "normal"
        self.memories[due] = interval
        late = where(on, (symbol("time") - symbol(due)) / where(on, interval, 1.0), -1.0)
        self.event(name, late, {due: symbol(due) + interval * ceil(late)}, redraw=(name,))
        return where(on, symbol(name), 0.0)
