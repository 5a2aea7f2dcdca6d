"""Additional points at which a model is checked: the edges of its parameters' ranges."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.models.model import Model, Parameter

WIDE = 2.0  # decades on both sides of its magnitude, over which a parameter with an unbounded range is drawn
DRAWS = 4  # draws of everything else, for each edge of each parameter


def ends(p: Parameter) -> tuple[float, ...]:
    """Ends of a parameter's range, and 0 if it is in the range."""
    if isinstance(p.default, float) and math.isnan(p.default):
        return ()  # its default means "not given"
    values = {v for v in (p.low, p.high) if math.isfinite(v)}
    if p.low <= 0.0 <= p.high and not p.nonzero:
        values.add(0.0)
    return tuple(v for v in sorted(values) if not p.refuses(np.array([v]))[0])  # an end may lie outside


def listed(model: type[Model]) -> Iterator[tuple[str, float]]:
    """Every parameter with every end of its range."""
    for p in (*model.parameters, *model.instance_parameters):
        yield from ((p.name, value) for value in ends(p))


def at_edges(model: type[Model]) -> Case | None:
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

    return Case(model, n, 1, change=at_an_edge)


def over_ranges(case: Case) -> dict[str, np.ndarray]:
    """Every parameter drawn independently over its whole range; the other numbers as in the case."""
    values = dict(case.values)
    for p in (*case.model.parameters, *case.model.instance_parameters):
        if isinstance(p.default, str) or not math.isnan(p.default):
            values[p.name] = _over_range(p, np.broadcast_to(case.values[p.name], case.n), case.rng)
    return values


def _over_range(p: Parameter, drawn: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    n = len(drawn)
    if math.isfinite(p.low) and math.isfinite(p.high):
        return rng.uniform(p.low, p.high, n)
    size = np.where(drawn == 0.0, 1.0, np.abs(drawn)) * 10.0 ** rng.uniform(-WIDE, WIDE, n)
    if math.isfinite(p.low):
        return p.low + size
    return p.high - size if math.isfinite(p.high) else size * rng.choice([-1.0, 1.0], n)
