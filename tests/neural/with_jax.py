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

    # jax.vmap over inputs, parameters, both, single vectors and twice is what one call after the other gives
    layer, own = functions[0], parameters[0]
    many_x = jax.numpy.array(RNG.uniform(size=(3, 2, 5)))
    many = {k: jax.numpy.stack([v, 0.9 * v, 0.5 * v]) for k, v in own.items()}
    one_of = [{k: v[i] for k, v in many.items()} for i in range(3)]
    expected = {
        (0, None): np.stack([layer(x, own) for x in many_x]),
        (None, 0): np.stack([layer(many_x[0], one) for one in one_of]),
        (0, 0): np.stack([layer(x, one) for x, one in zip(many_x, one_of, strict=True)]),
    }
    for axes, wanted in expected.items():
        given = many_x[0] if axes[0] is None else many_x, own if axes[1] is None else many
        for function in (jax.vmap(layer, axes), jax.jit(jax.vmap(layer, axes))):
            np.testing.assert_allclose(function(*given), wanted, rtol=1e-9, atol=1e-12)
    twice = jax.vmap(jax.vmap(layer, (0, None)), (0, None))(many_x, own)  # over vectors of shape (inputs,)
    np.testing.assert_allclose(twice, expected[0, None], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(layer(many_x, own), expected[0, None], rtol=1e-9, atol=1e-12)

    # derivatives for each of the batch, against differences of the values
    def loss(x, p):
        return jax.numpy.sum(layer(x, p) ** 2)

    by_x, by_p = jax.vmap(jax.grad(loss, (0, 1)), (0, None))(many_x, own)
    step = 1e-6
    for k, x in enumerate(many_x):
        moved = [x.at[0, 1].add(sign * step) for sign in (1.0, -1.0)]
        slope = (loss(moved[0], own) - loss(moved[1], own)) / (2.0 * step)
        np.testing.assert_allclose(by_x[k, 0, 1], slope, rtol=1e-5)
        moved = [{**own, "bias": own["bias"].at[2].add(sign * step)} for sign in (1.0, -1.0)]
        slope = (loss(x, moved[0]) - loss(x, moved[1])) / (2.0 * step)
        np.testing.assert_allclose(by_p["bias"][k, 2], slope, rtol=1e-5)
    together = jax.grad(lambda p: jax.numpy.sum(jax.vmap(loss, (0, None))(many_x, p)))(own)
    for name, value in together.items():
        np.testing.assert_allclose(value, by_p[name].sum(axis=0), rtol=1e-9, atol=1e-18)
