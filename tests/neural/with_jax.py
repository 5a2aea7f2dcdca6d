"""Layers on arrays within JAX: derivatives are those of the package itself. `test_autograd.py` runs it."""

import jax
import numpy as np

from circuitnn.neural import Hardware, MappedNetwork
from circuitnn.neural.jax_function import jax_layer

RNG = np.random.default_rng(6)
X = RNG.uniform(size=(9, 5))

with jax.enable_x64(True):
    mapped = MappedNetwork(
        [(RNG.normal(size=(5, 4)), RNG.normal(size=4), "tanh"), (RNG.normal(size=(4, 3)),)],
        Hardware(tile=(3, 4), line_resistance=5.0),
        X,
    )
    functions = [jax_layer(layer) for layer in mapped.layers]

    def total(x, parameters):
        for function, own in zip(functions, parameters, strict=True):
            x = function(x, own)
        return jax.numpy.sum(x**2)

    parameters = [{k: jax.numpy.array(v) for k, v in one.items()} for one in mapped.parameters]
    by_input, by = jax.jit(jax.grad(total, (0, 1)))(jax.numpy.array(X), parameters)
    found, own = mapped.backward(2.0 * mapped.forward(X))
    np.testing.assert_allclose(by_input, own, rtol=1e-9, atol=1e-12)
    for one, two in zip(by, found, strict=True):
        for name, value in one.items():
            np.testing.assert_allclose(value, two[name], rtol=1e-9, atol=1e-12 * np.abs(two[name]).max())
