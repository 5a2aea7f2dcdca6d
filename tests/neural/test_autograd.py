"""Layers on arrays within torch and JAX: derivatives are those of the package itself, and training goes on there."""

import copy
import importlib.util
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from circuitnn.crossbar import Device
from circuitnn.neural import Hardware, MappedNetwork

RNG = np.random.default_rng(6)
X = RNG.uniform(size=(9, 5))
HARDWARE = Hardware(tile=(3, 4), line_resistance=5.0)


def network():
    return MappedNetwork(
        [(RNG.normal(size=(5, 4)), RNG.normal(size=4), "tanh"), (RNG.normal(size=(4, 3)),)], HARDWARE, X
    )


@pytest.mark.long
def test_torch():
    torch = pytest.importorskip("torch")
    from circuitnn.neural.torch_function import CircuitLayer

    mapped = network()
    module = torch.nn.Sequential(*(CircuitLayer(layer) for layer in mapped.layers))
    labels, x = torch.arange(9) % 3, torch.tensor(X, requires_grad=True)
    outputs = module(x)
    module(
        torch.rand(4, 5, dtype=torch.float64)
    )  # another pass between does not change the way back of the first
    torch.nn.functional.cross_entropy(outputs, labels).backward()
    np.testing.assert_allclose(outputs.detach().numpy(), mapped.forward(X), rtol=1e-12)
    from circuitnn.neural import cross_entropy

    found, by_input = mapped.backward(cross_entropy(mapped.forward(X), labels.numpy())[1])
    np.testing.assert_allclose(x.grad.numpy(), by_input, rtol=1e-9, atol=1e-15)
    for own, part in zip(found, module, strict=True):
        for name in ("weights", "bias", "gain"):
            got = getattr(part, name).grad.numpy()
            np.testing.assert_allclose(got, own[name], rtol=1e-9, atol=1e-12 * np.abs(own[name]).max())
    losses = []
    optimiser = torch.optim.Adam([p for part in module for p in (part.weights, part.bias)], lr=0.05)
    for _ in range(15):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(module(torch.tensor(X)), labels)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.7 * losses[0]


def test_torch_module_is_read():
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(5, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3)).double()
    mapped = MappedNetwork(module, Hardware(line_resistance=0.0), X)
    np.testing.assert_allclose(
        mapped.forward(X), module(torch.tensor(X)).detach().numpy(), rtol=1e-9, atol=1e-12
    )


COPIES = {"deepcopy": copy.deepcopy, "pickle": lambda value: pickle.loads(pickle.dumps(value))}
CELLS = {
    "1R": {},
    "selector": {"selector": Device("sinh_selector")},
    "transistor": {"transistor": Device("ekv"), "gate": 1.5},
}


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("cells", CELLS)
def test_copies_of_mapped_networks_give_the_same_and_are_independent(how, cells):
    rng = np.random.default_rng(2)
    x, weights = rng.uniform(size=(3, 2)), rng.normal(size=(2, 2))
    mapped = MappedNetwork([(weights,)], Hardware(tile=(2, 4), **CELLS[cells]), x)
    before = mapped.forward(x)  # leaves the solver that the way back needs
    by = rng.normal(size=before.shape)
    gradients = mapped.backward(by)[0]
    twin = COPIES[how](mapped)
    for name, value in twin.backward(by)[0][0].items():
        np.testing.assert_allclose(value, gradients[0][name], rtol=1e-6, atol=1e-9 * np.abs(value).max())
    np.testing.assert_allclose(twin.forward(x), before, rtol=1e-9, atol=1e-15)
    twin.layers[0].weights[...] *= 0.5
    twin.changed()
    np.testing.assert_allclose(mapped.forward(x), before, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("how", COPIES)
@pytest.mark.parametrize("cells", ["1R", "selector"])
def test_copies_of_torch_layers_give_the_same(how, cells):
    torch = pytest.importorskip("torch")
    from circuitnn.neural.torch_function import CircuitLayer

    rng = np.random.default_rng(2)
    x, weights = rng.uniform(size=(3, 2)), rng.normal(size=(2, 2))
    mapped = MappedNetwork([(weights,)], Hardware(tile=(2, 4), **CELLS[cells]), x)
    module = torch.nn.Sequential(CircuitLayer(mapped.layers[0]), torch.nn.Tanh())
    outputs = module(torch.tensor(x))
    twin = COPIES[how](module)
    assert twin[0].layer is not module[0].layer
    torch.testing.assert_close(twin(torch.tensor(x)), outputs, rtol=1e-9, atol=1e-15)


@pytest.mark.long
def test_jax():
    """In a process of its own: where JAX has been imported, no other test may fork."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("could not import 'jax'")
    script = Path(__file__).with_name("with_jax.py")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
