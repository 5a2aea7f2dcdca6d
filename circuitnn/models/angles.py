"""Angles: states that an event sets back by whole turns, which changes nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr, symbol, symbols
from circuitnn.equations.kernel import Event

POINTS, SEED = 16, 1
FAR = 20.0  # rad; no angle is this far from 0 before it is set back
SAME = 1e-9


def set_back(event: Event, f: Mapping[str, Expr], q: Mapping[str, Expr]) -> bool:
    """Whether all that an event does is to move a state to where all currents, rates and charges are the same.

    Parameters
    ----------
    event : Event
    f, q : mappings of str to Expr
        Equations by their unknowns; the state itself is what is stored of it.
    """
    if len(event.updates) != 1:
        return False
    ((name, new),) = event.updates
    if name not in q or q[name] is not symbol(name):
        return False
    seen = [*f.values(), *(stored for n, stored in q.items() if n != name)]
    rng = np.random.default_rng(SEED)
    at = {n: rng.uniform(0.5, 1.5, POINTS) for n in sorted(symbols([*seen, new, event.condition]))}
    at[name] = rng.uniform(-FAR, FAR, POINTS)
    moved = at | {name: np.broadcast_to(evaluate([new], at)[0], POINTS)}
    pairs = zip(evaluate(seen, at), evaluate(seen, moved), strict=True)
    return all(np.allclose(one, other, rtol=SAME, atol=SAME * np.max(np.abs(one))) for one, other in pairs)
