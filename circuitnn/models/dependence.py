"""Whether a model's equations depend on a number that every instance may give: its temperature."""

from __future__ import annotations

from circuitnn.equations.expr import symbols
from circuitnn.models.model import Model

_known: dict[type[Model], tuple[set[str], set[str]]] = {}


def _read_by(model: type[Model]) -> tuple[set[str], set[str]]:
    """Symbols in the currents, charges, rates, events and initial values of a model, and in its noise."""
    if model in _known:
        return _known[model]
    m = model.stated()
    told = [*m.f.values(), *m.q.values(), *m.memories.values(), *(s.start() for s in model.states)]
    told += [e for event in m.events.values() for e in (event.condition, *(v for _, v in event.updates))]
    _known[model] = symbols(told), symbols(noise.white for noise in m.noises)
    return _known[model]


def without_temperature(model: type[Model], instance: str) -> str:
    """Message for an instance with a temperature that has no effect; empty if its equations use it.

    Parameters
    ----------
    model : type of Model
    instance : str
    """
    own, noise = _read_by(model)
    if "temp" in own:
        return ""
    effect = "affects only its noise" if "temp" in noise else "has no effect"
    return f"the temperature of '{instance}' {effect}: no equation of the model {model.name} depends on it"
