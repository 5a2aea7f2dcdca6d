"""Equations of a model as currents and charges of its branches, of one device."""

from __future__ import annotations

from circuitnn.equations.expr import ZERO, Expr, as_expr, symbol
from circuitnn.equations.kernel import Noise
from circuitnn.equations.rules import sub
from circuitnn.equations.substitution import substitute
from circuitnn.errors import CircuitnnError
from circuitnn.models.declarations import State
from circuitnn.models.latches import sets_back
from circuitnn.models.model import Equations, Model


class NotWrittenError(CircuitnnError):
    """The equations of a model have no form in Verilog-A; the message says why."""


class Branches(Equations):
    """Equations that remember the current of each branch."""

    def __init__(self, inputs: tuple[str, ...], states: tuple[State, ...]) -> None:
        super().__init__(inputs, states)
        self.flows: list[tuple[str, str, Expr, Expr]] = []

    def flow(self, plus: str, minus: str, current: Expr | float = ZERO, charge: Expr | float = ZERO) -> None:
        """Add a current from one node to another, and remember it."""
        super().flow(plus, minus, current, charge)
        self.flows.append((plus, minus, as_expr(current), as_expr(charge)))

    def rest(self) -> dict[str, tuple[Expr, Expr]]:
        """Currents and charges of nodes that are not sums of those of branches; not of these in other order."""
        again = Equations(self.inputs, tuple(self.states.values()))
        for plus, minus, current, charge in self.flows:
            again.flow(plus, minus, current, charge)
        rest = {}
        for node in self.inputs:
            if node in self.states:
                continue
            f, q = _less(self.f[node], again.f[node]), _less(self.q[node], again.q[node])
            if f is not ZERO or q is not ZERO:
                rest[node] = f, q
        return rest

    def roots(self) -> list[Expr]:
        """All expressions of the equations, but those of local quantities."""
        roots = [e for _, _, f, q in self.flows for e in (f, q)]
        roots += [e for pair in self.rest().values() for e in pair]
        roots += [e for s in self.states.values() for e in (self.f[s.name], self.q[s.name])]
        roots += [c for _, _, c in self.displacements]
        roots += [e for n in self.noises for e in (*(factor for _, factor in n.into), *n[2:])]
        return roots


def _less(whole: Expr, part: Expr) -> Expr:
    return whole if part is ZERO else sub(whole, part)


def branches_of(model: type[Model]) -> Branches:
    """Equations of one device, whatever the number in parallel.

    Parameters
    ----------
    model : type of Model

    Returns
    -------
    Branches

    Raises
    ------
    NotWrittenError
        Where the model draws random numbers, or has memories that events change.
    """
    if hasattr(model, "design"):
        raise NotWrittenError(f"{model.name} is written in Verilog-A already")
    m = Branches(model.inputs(), model.states)
    m.memories.update(
        {n: as_expr(v) if not isinstance(v, str) else symbol(v) for n, v in model.memories.items()}
    )
    m.randoms.update(model.randoms)
    model.equations(m)
    if m.randoms:
        raise NotWrittenError(
            f"{model.name}: it draws random numbers ({', '.join(sorted(m.randoms))}), which are not written in "
            "Verilog-A yet"
        )
    happening = [n for n, event in m.events.items() if not sets_back(event, m.states)]
    if happening or m.memories or m.carried:
        what = ", ".join(sorted(m.memories or m.carried or happening))
        raise NotWrittenError(
            f"{model.name}: it has memories that events change ({what}), which are not written in Verilog-A yet"
        )
    one = {"multiplier": 1.0}
    parts = [e for _, _, f, q in m.flows for e in (f, q)]
    parts = substitute([*parts, *m.f.values(), *m.q.values(), *m.locals.values()], one)
    rest = iter(parts)
    m.flows = [(a, b, next(rest), next(rest)) for a, b, _, _ in m.flows]
    for rows in (m.f, m.q, m.locals):
        rows.update({n: next(rest) for n in rows})
    m.displacements = [(a, b, substitute([c], one)[0]) for a, b, c in m.displacements]
    m.noises = [
        Noise(n.name, tuple((t, substitute([e], one)[0]) for t, e in n.into), *substitute(n[2:], one))
        for n in m.noises
    ]
    return m
