"""Where a model is looked at besides the drawn points: the edges of its parameters' ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.models.model import Model, Parameter

DRAWS = 4  # of everything else, for each edge of each parameter


def ends(p: Parameter) -> tuple[float, ...]:
    """Values of a parameter at which its range ends, and 0 where its range holds it."""
    if isinstance(p.default, float) and math.isnan(p.default):
        return ()  # its default means that it is not given
    found = {v for v in (p.low, p.high) if math.isfinite(v)}
    if p.low <= 0.0 <= p.high and not p.nonzero:
        found.add(0.0)
    return tuple(sorted(found))


def listed(model: type[Model]) -> Iterator[tuple[str, float]]:
    """Every parameter with every end of its range."""
    for p in (*model.parameters, *model.instance_parameters):
        yield from ((p.name, value) for value in ends(p))


def at_edges(model: type[Model], seed: int = 1) -> Case | None:
    """A case in which one parameter of each instance is at an end of its range; None without any range."""
    edges = list(listed(model))
    if not edges:
        return None
    n = DRAWS * len(edges)

    def at_an_edge(values: dict[str, np.ndarray]) -> None:
        for k, (name, value) in enumerate(edges):
            column = np.array(np.broadcast_to(values[name], n), dtype=float)
            column[k * DRAWS : (k + 1) * DRAWS] = value
            values[name] = column

    return Case(model, n, seed, change=at_an_edge)
