"""Arrays as functions of JAX: a callback solves the circuits, another one their adjoint. Needs the extra ``jax``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.neural.mapped_network import MappedLayer

try:
    import jax
except ImportError as missing:
    raise AnalysisError("jax is not installed: pip install 'circuitnn[jax]'") from missing

NAMES = ("weights", "bias", "gain")


def jax_layer(layer: MappedLayer) -> Callable[[Any, dict[str, Any]], Any]:
    """Make a function of JAX from a layer on arrays; `jax.grad`, `jax.vjp`, `jax.vmap` and `jax.jit` work on it.

    Parameters
    ----------
    layer : MappedLayer
        A calibrated layer, such as one of a `MappedNetwork`; its activation is applied.

    Returns
    -------
    callable
        Takes inputs, shape (…, inputs), and a dict with ``weights``, ``bias`` and ``gain``; returns the outputs,
        shape (…, outputs). The backward pass solves the circuits again before their adjoint, since no state is
        kept in between.
    """
    arrays, outputs = _Arrays(layer), len(layer.bias)

    def primal(x: Any, parameters: dict[str, Any]) -> Any:
        shape = jax.ShapeDtypeStruct((*x.shape[:-1], outputs), x.dtype)
        values = [parameters[name] for name in NAMES]
        return jax.pure_callback(arrays.outputs, shape, x, *values, vmap_method="expand_dims")

    def forth(x: Any, parameters: dict[str, Any]) -> tuple[Any, Any]:
        return primal(x, parameters), (x, parameters)

    def back(kept: Any, by_output: Any) -> Any:
        x, parameters = kept
        values = [parameters[name] for name in NAMES]
        shapes = tuple(jax.ShapeDtypeStruct(v.shape, v.dtype) for v in (x, *values))
        by_input, *by_parameters = jax.pure_callback(
            arrays.derivatives, shapes, x, by_output, *values, vmap_method="expand_dims"
        )
        return by_input, dict(zip(NAMES, by_parameters, strict=True))

    function = jax.custom_vjp(primal)
    function.defvjp(forth, back)
    return function


class _Arrays:
    """The callbacks. Under `jax.vmap`, all arguments have further axes in front, of length 1 where they do not vary."""

    def __init__(self, layer: MappedLayer) -> None:
        self.layer = layer

    def outputs(self, x: Any, *values: Any) -> np.ndarray:
        """Outputs, shape (…, outputs); for one set of parameters all inputs are solved together."""
        inputs, parameters = np.asarray(x), [np.asarray(v) for v in values]
        axes = parameters[0].ndim - self.layer.weights.ndim
        if all(size == 1 for p in parameters for size in p.shape[:axes]):
            self._write([p[(0,) * axes] for p in parameters])
            return self._solved(inputs)
        outputs = []
        for example, *own in _each(axes, inputs, *parameters):
            self._write(own)
            outputs.append(self._solved(example))
        return np.stack(outputs).reshape(*_batch(axes, inputs, *parameters), *outputs[0].shape)

    def derivatives(self, x: Any, by_output: Any, *values: Any) -> tuple[np.ndarray, ...]:
        """Derivatives of a function by inputs and parameters, from those by the outputs."""
        given = [np.asarray(a) for a in (x, by_output, *values)]
        axes = given[2].ndim - self.layer.weights.ndim
        batch = _batch(axes, *given)
        derivatives: list[list[np.ndarray]] = []
        for example, by, *own in _each(axes, *given):
            self._write(own)
            self._solved(example)
            gradients, by_input = self.layer.backward(np.asarray(by, dtype=float).reshape(-1, by.shape[-1]))
            derivatives.append([by_input.reshape(example.shape), *(gradients[name] for name in NAMES)])
        return tuple(
            np.stack(parts).astype(like.dtype).reshape(*batch, *parts[0].shape)
            for parts, like in zip(zip(*derivatives, strict=True), (given[0], *given[2:]), strict=True)
        )

    def _write(self, values: list[np.ndarray]) -> None:
        for name, value in zip(NAMES, values, strict=True):
            getattr(self.layer, name)[...] = value
        self.layer.changed()

    def _solved(self, x: np.ndarray) -> np.ndarray:
        """Outputs in the shape and precision of the inputs."""
        outputs = self.layer.forward(np.asarray(x, dtype=float).reshape(-1, x.shape[-1]))
        return outputs.reshape(*x.shape[:-1], -1).astype(x.dtype)


def _batch(axes: int, *given: np.ndarray) -> tuple[int, ...]:
    """Lengths of the axes of `jax.vmap`."""
    return np.broadcast_shapes(*(a.shape[:axes] for a in given))


def _each(axes: int, *given: np.ndarray) -> Iterator[list[np.ndarray]]:
    """The arguments of every point of the axes of `jax.vmap`."""
    for index in np.ndindex(_batch(axes, *given)):
        yield [a[tuple(min(k, size - 1) for k, size in zip(index, a.shape, strict=False))] for a in given]
