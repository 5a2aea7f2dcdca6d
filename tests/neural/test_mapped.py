"""Networks on arrays: what is computed, against products of matrices; derivatives, against differences."""

import numpy as np
import pytest
from scipy.special import log_softmax, softmax

from circuitnn.crossbar import Device
from circuitnn.errors import AnalysisError
from circuitnn.neural import (
    Dense,
    Hardware,
    MappedLayer,
    MappedNetwork,
    Network,
    accuracy,
    cross_entropy,
    read,
    train,
)

RNG = np.random.default_rng(4)
X = RNG.uniform(0.0, 1.0, (5, 7))
LAYERS = [(RNG.normal(size=(7, 4)), RNG.normal(size=4), "relu"), (RNG.normal(size=(4, 3)),)]
KINDS = {
    "1R": Hardware(tile=(4, 8), line_resistance=5.0, driver_resistance=10.0),
    "1S1R": Hardware(
        g_min=1e-6,
        g_max=1e-4,
        tile=(4, 8),
        line_resistance=(5.0, 3.0),
        voltage=0.8,
        selector=Device("sinh_selector", i0=1e-7, v0=0.08),
    ),
    "1T1R": Hardware(tile=(7, 8), transistor=Device("ekv", vto=0.4, w=1e-5), gate=1.5, both_ends=True),
}


def exact(x):
    (w, b, _), (v,) = LAYERS
    return np.maximum(x @ w + b, 0.0) @ v


def test_ideal_arrays_compute_the_network():
    """Without resistance of lines, tiles of pairs are the products of the matrices, whatever the range and the tile."""
    for hardware in (Hardware(line_resistance=0.0), Hardware(tile=(3, 4), line_resistance=0.0, voltage=1.0)):
        np.testing.assert_allclose(
            MappedNetwork(LAYERS, hardware, X).forward(X), exact(X), rtol=1e-9, atol=1e-9
        )


def test_lines_take_current_away_and_gains_give_some_of_it_back():
    long = Hardware(tile=(4, 8), line_resistance=20.0)
    mapped = MappedNetwork(LAYERS, long, X)
    right = np.sqrt(np.mean((mapped.forward(X) - exact(X)) ** 2))
    for layer, (w, *_) in zip(mapped.layers, LAYERS, strict=True):
        layer.gain = np.full(w.shape[1], layer.scale * layer.full_input / long.voltage)
    assert 0.0 < 2.0 * right < np.sqrt(np.mean((mapped.forward(X) - exact(X)) ** 2))


@pytest.mark.parametrize("kind", KINDS)
def test_derivatives_through_tiles_cells_lines_and_activations(kind):
    mapped, labels = MappedNetwork(LAYERS, KINDS[kind], X), np.arange(5) % 3

    def loss(x=X):
        mapped.changed()
        return cross_entropy(mapped.forward(x), labels)[0]

    mapped.changed()
    gradients, by_input = mapped.backward(cross_entropy(mapped.forward(X), labels)[1])
    for k, name, place in [
        (0, "weights", (1, 2)),
        (1, "weights", (3, 0)),
        (0, "bias", (3,)),
        (1, "gain", (2,)),
    ]:
        value = mapped.parameters[k][name]
        step, was = 1e-4 * abs(value[place]), value[place]
        found = []
        for far in (-2, -1, 1, 2):
            value[place] = was + far * step
            found.append(loss())
        value[place] = was
        numeric = (found[0] - 8.0 * found[1] + 8.0 * found[2] - found[3]) / (12.0 * step)
        size = np.abs(gradients[k][name]).max()
        assert gradients[k][name][place] == pytest.approx(numeric, rel=1e-6, abs=2e-7 * size)
    moved = [X.copy(), X.copy()]
    for one, sign in zip(moved, (1, -1), strict=True):
        one[3, 2] += sign * 1e-4
    numeric = (loss(moved[0]) - loss(moved[1])) / 2e-4
    assert by_input[3, 2] == pytest.approx(numeric, rel=1e-5, abs=1e-7 * np.abs(by_input).max())


def test_bits_of_inputs_one_by_one():
    """Through selectors a voltage in proportion is no product; bits at the whole voltage are."""
    from dataclasses import replace

    hardware = replace(KINDS["1S1R"], input_bits=6)
    off = {}
    for streamed in (False, True):
        out = MappedNetwork(LAYERS[:1], replace(hardware, streamed=streamed), X).forward(X)
        off[streamed] = np.abs(out - np.maximum(X @ LAYERS[0][0] + LAYERS[0][1], 0.0)).max()
    assert off[True] < 0.3 * off[False]


def test_output_converters_and_binary_weights():
    from dataclasses import replace

    hardware = replace(KINDS["1R"], output_bits=4, line_resistance=0.0, tile=(8, 16))
    mapped = MappedNetwork(LAYERS[1:], hardware, np.abs(RNG.normal(size=(50, 4))))
    layer = mapped.layers[0]
    levels = layer.currents(np.abs(RNG.normal(size=(50, 4)))) / layer.full_output * 7
    np.testing.assert_allclose(levels, np.round(levels), atol=1e-9)
    signs = MappedNetwork(LAYERS[1:], replace(hardware, binary=True), np.ones((1, 4))).layers[0]
    np.testing.assert_array_equal(signs.positive > signs.negative, LAYERS[1][0] >= 0.0)
    assert set(np.unique(signs.positive)) == {hardware.g_min, hardware.g_max}


def clusters(count, seed):
    """Four classes, each a noisy pattern."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 4
    patterns = np.random.default_rng(0).uniform(size=(4, 12))
    return np.clip(patterns[labels] + 0.25 * rng.normal(size=(count, 12)), 0.0, 1.0), labels


def test_training_in_the_loop_mends_what_mapping_spoils():
    """Long lines and a spread of the cells cost a trained network accuracy; steps through the circuits give it back."""
    (x, y), (more, of_more) = clusters(200, 1), clusters(200, 2)
    ideal = Network.random((12, 10, 4), seed=1)
    before = accuracy(ideal, x, y)
    history = train(ideal, x, y, epochs=20, batch=50, rate=0.02)
    assert history.loss[-1] < 0.5 * history.loss[0] and accuracy(ideal, x, y) > max(before, 0.95)
    hardware = Hardware(tile=(12, 20), line_resistance=150.0, spread=0.4, stuck=0.05, output_bits=8)
    mapped = MappedNetwork(ideal, hardware, x)
    spoiled = accuracy(mapped, more, of_more)
    train(mapped, x, y, epochs=6, batch=50, rate=0.02)
    assert spoiled < accuracy(ideal, more, of_more) - 0.1
    assert accuracy(mapped, more, of_more) > spoiled + 0.08


class Linear:
    """As a module of torch.nn says what it is."""

    def __init__(self, weights):
        self.weight, self.bias = Tensor(weights), None

    def named_parameters(self):
        return iter(())


class Tensor(np.ndarray):
    def __new__(cls, values):
        return np.asarray(values).view(cls)

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return np.asarray(self)


class Sequential:
    def __init__(self, *parts):
        self.parts = parts

    def named_parameters(self):
        return iter(())

    def children(self):
        return iter(self.parts)


class Conv2d(Linear):
    pass


def test_networks_of_other_libraries_are_read():
    class Perceptron:
        coefs_, intercepts_ = [w for w, *_ in LAYERS], [LAYERS[0][1], np.zeros(3)]
        activation, out_activation_ = "relu", "softmax"

    np.testing.assert_allclose(read(Perceptron()).forward(X), exact(X))
    relu = type("ReLU", (), {})()
    made = read(Sequential(Linear(LAYERS[0][0].T), relu, Sequential(Linear(LAYERS[1][0].T))))
    assert [layer.activation for layer in made.layers] == ["relu", "identity"]
    np.testing.assert_array_equal(made.layers[1].weights, LAYERS[1][0])
    with pytest.raises(AnalysisError, match="Conv2d of a torch module"):
        read(Sequential(Conv2d(LAYERS[0][0])))
    with pytest.raises(AnalysisError, match="int is not a network"):
        read(3)


def layer(kind):
    return type(kind, (), {})()


def test_a_softmax_is_left_out_at_the_end_only():
    first, second = Linear(LAYERS[0][0].T), Linear(LAYERS[1][0].T)
    parts = first, layer("ReLU"), layer("Identity"), layer("Dropout"), second
    made = read(Sequential(*parts, layer("Softmax")))
    np.testing.assert_array_equal(made.forward(X), read(Sequential(*parts)).forward(X))
    with pytest.raises(AnalysisError, match="Softmax of a torch module"):
        read(Sequential(first, layer("Softmax"), second))


class Linearised:
    """As a linear model of scikit-learn says what it is."""

    def __init__(self, link, classes=None, bias=(0.0,)):
        self.coef_, self.intercept_, self.link = LAYERS[1][0].T, np.array(bias), link
        if classes is not None:
            self.coef_, self.classes_ = self.coef_[:1], classes

    def predict(self, x):
        return self.link(x @ self.coef_.T + self.intercept_)


def test_linear_models_are_read_if_they_are_linear():
    """Votes of pairs, exponentials and shifted inputs are not what the weights give."""
    x = RNG.normal(size=(6, 4))
    for bias in (0.0, [0.0], [1.0, 2.0, 3.0]):
        model = Linearised(lambda y: y, bias=bias)
        np.testing.assert_allclose(read(model).forward(x), model.predict(x))
    both = read(Linearised(np.ravel, [0, 1], [0.3])).forward(x)
    np.testing.assert_allclose(both[:, 1] - both[:, 0], x @ LAYERS[1][0][:, 0] + 0.3)
    for link in (np.exp, lambda y: y + 0.1, lambda y: y[:, [1, 0, 2]], lambda y: y[:, :2]):
        with pytest.raises(AnalysisError, match="Linearised: its outputs are not its weights"):
            read(Linearised(link))


def test_loss_and_accuracy_are_the_definitions():
    outputs = RNG.normal(size=(6, 3))
    labels = np.array([0, 2, 1, 1, 0, 2])
    loss, by_output = cross_entropy(outputs, labels)
    assert loss == pytest.approx(-np.mean(log_softmax(outputs, axis=1)[np.arange(6), labels]))
    np.testing.assert_allclose(by_output, (softmax(outputs, axis=1) - np.eye(3)[labels]) / 6.0)
    itself = Network([Dense(np.eye(3))])
    assert accuracy(itself, outputs, labels) == np.mean(
        [np.argmax(y) == k for y, k in zip(outputs, labels, strict=True)]
    )
    for wrong in (labels[:, None], labels - 1, labels[:5], labels + 0.5):
        with pytest.raises(AnalysisError, match="whole numbers from 0"):
            accuracy(itself, outputs, wrong)
    with pytest.raises(AnalysisError, match="class 3 of a network with 3 outputs"):
        train(itself, outputs, labels + 1)


def test_converters_need_a_range():
    """A layer that no example has calibrated knows no range; neither does one whose examples were all 0."""
    hardware = Hardware(output_bits=6)
    with pytest.raises(AnalysisError, match="calibrate the layer"):
        MappedLayer(Dense(np.ones((3, 2))), hardware).forward(np.ones((1, 3)))
    with pytest.raises(AnalysisError, match="calibrate the layer"):
        MappedNetwork([(np.ones((3, 2)),)], hardware, np.zeros((2, 3)))


def test_what_is_wrong_is_said():
    with pytest.raises(AnalysisError, match="layer 0 has 4 outputs, layer 1 has 5 inputs"):
        Network([Dense(np.ones((7, 4))), Dense(np.ones((5, 3)))])
    with pytest.raises(AnalysisError, match=r"activation = 'rely': .*did you mean relu"):
        Dense(np.ones((2, 2)), activation="rely")
    with pytest.raises(AnalysisError, match="even number of bit lines"):
        Hardware(tile=(4, 5))
    with pytest.raises(AnalysisError, match="does not fit the 7 inputs"):
        MappedNetwork(LAYERS, KINDS["1R"], X).forward(X[:, :3])
    with pytest.raises(AnalysisError, match="5 whole numbers"):
        train(Network(read(LAYERS).layers), X, np.full(5, 0.5))
