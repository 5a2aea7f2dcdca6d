"""Whether a model's equations depend on a number: the temperature of an instance, a parameter beside others."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.equations.expr import Expr, symbols
from circuitnn.equations.graph import substitute
from circuitnn.models.model import Model

_known: dict[type[Model], tuple[set[str], set[str]]] = {}


def _expressions(model: type[Model]) -> tuple[list[Expr], list[Expr]]:
    """Currents, charges, rates, events and initial values of a model, and its noise."""
    m = model.stated()
    expressions = [*m.f.values(), *m.q.values(), *m.memories.values(), *(s.start() for s in model.states)]
    expressions += [capacitance for _, _, capacitance in m.displacements]
    expressions += [
        e for event in m.events.values() for e in (event.condition, *(v for _, v in event.updates))
    ]
    return expressions, [e for noise in m.noises for e in (noise.white, noise.flicker)]


def _read_by(model: type[Model]) -> tuple[set[str], set[str]]:
    """Symbols in the equations of a model, and in its noise."""
    if model not in _known:
        equations, noise = _expressions(model)
        _known[model] = symbols(equations), symbols(noise)
    return _known[model]


def idle(model: type[Model], parameter: str, known: Mapping[str, float]) -> bool:
    """Whether values of other parameters leave one of a model without effect.

    So is the built-in potential of a junction without capacitance. A parameter that no equation ever reads is not idle:
    it selects a law that the model does not have.

    Parameters
    ----------
    model : type of Model
    parameter : str
    known : mapping of str to float
        Values of other parameters.
    """
    if model.compiled or not any(parameter in read for read in _read_by(model)):
        return False
    equations, noise = _expressions(model)
    return parameter not in symbols(substitute([*equations, *noise], known))


def without_temperature(model: type[Model], instance: str) -> str:
    """Message for an instance with a temperature that has no effect; empty if its equations use it.

    Parameters
    ----------
    model : type of Model
    instance : str
    """
    if model.compiled:
        return ""
    read, noise = _read_by(model)
    if "temp" in read:
        return ""
    effect = "affects only its noise" if "temp" in noise else "has no effect"
    return f"the temperature of '{instance}' {effect}: no equation of the model {model.name} depends on it"
