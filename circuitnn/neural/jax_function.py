"""Arrays as functions of JAX: a callback solves the circuits, another one their adjoint. Needs the extra ``jax``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.neural.mapped import MappedLayer

try:
    import jax
except ImportError as missing:
    raise AnalysisError("jax is not installed: pip install 'circuitnn[jax]'") from missing

NAMES = ("weights", "bias", "gain")


def jax_layer(layer: MappedLayer) -> Callable[[Any, dict[str, Any]], Any]:
    """Make a function of JAX from a layer on arrays; `jax.grad`, `jax.vjp` and `jax.jit` work on it.

    Parameters
    ----------
    layer : MappedLayer
        A calibrated layer, such as one of a `MappedNetwork`; its activation is applied.

    Returns
    -------
    callable
        Takes inputs, shape (count, inputs), and a dict with ``weights``, ``bias`` and ``gain``; returns the outputs,
        shape (count, outputs). The backward pass solves the circuits again before their adjoint, since no state is
        kept in between.
    """
    outputs = len(layer.bias)

    def solve(x: Any, *values: Any) -> np.ndarray:
        for name, value in zip(NAMES, values, strict=True):
            getattr(layer, name)[...] = np.asarray(value, dtype=float)
        layer.changed()
        return layer.forward(np.asarray(x, dtype=float))

    def solve_back(x: Any, by_output: Any, *values: Any) -> tuple[np.ndarray, ...]:
        solve(x, *values)
        found, by_input = layer.backward(np.asarray(by_output, dtype=float))
        made = by_input, *(found[name] for name in NAMES)
        return tuple(np.asarray(g, dtype=v.dtype) for g, v in zip(made, (x, *values), strict=True))

    def primal(x: Any, parameters: dict[str, Any]) -> Any:
        shape = jax.ShapeDtypeStruct((x.shape[0], outputs), x.dtype)
        values = [parameters[name] for name in NAMES]
        return jax.pure_callback(lambda *a: np.asarray(solve(*a), dtype=x.dtype), shape, x, *values)

    def forth(x: Any, parameters: dict[str, Any]) -> tuple[Any, Any]:
        return primal(x, parameters), (x, parameters)

    def back(kept: Any, by_output: Any) -> Any:
        x, parameters = kept
        values = [parameters[name] for name in NAMES]
        shapes = tuple(jax.ShapeDtypeStruct(v.shape, v.dtype) for v in (x, *values))
        by_input, *found = jax.pure_callback(solve_back, shapes, x, by_output, *values)
        return by_input, dict(zip(NAMES, found, strict=True))

    function = jax.custom_vjp(primal)
    function.defvjp(forth, back)
    return function
