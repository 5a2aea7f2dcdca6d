"""Trained networks of other libraries, and plain arrays, as layers; the libraries are not imported."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.neural.layers import Dense, Network

# Classes of torch.nn by name.
TORCH = {"ReLU": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid"}
PASSED = ("Flatten", "Dropout", "Identity")  # without effect, or only while training
LAST = ("Softmax", "LogSoftmax")  # at the end they do not change which output is largest
SKLEARN = {"relu": "relu", "tanh": "tanh", "logistic": "sigmoid", "identity": "identity"}


def read(source: Any) -> Network:
    """Read a trained network.

    Parameters
    ----------
    source : Network, Dense, sequence, scikit-learn estimator or torch module
        A sequence has `Dense` or tuples ``(weights, bias, activation)``, the last two optional. From scikit-learn:
        ``MLPClassifier``, ``MLPRegressor``, or linear models with ``coef_``. From torch: ``Linear``, or ``Sequential``
        of ``Linear``, activations, ``Flatten`` and ``Dropout``; a final softmax is left out.

    Returns
    -------
    Network
        The network, with copies of the arrays.

    Raises
    ------
    AnalysisError
        For anything else; the message names the part. A linear model whose own outputs differ from weights times
        inputs (a support vector machine's votes, a Poisson regressor's exponential) is such a case.
    """
    if isinstance(source, Network):
        return Network([Dense(layer.weights, layer.bias, layer.activation) for layer in source.layers])
    if isinstance(source, Dense):
        return Network([Dense(source.weights, source.bias, source.activation)])
    if hasattr(source, "coefs_"):
        return _of_perceptron(source)
    if hasattr(source, "coef_"):
        return _of_linear_model(source)
    if hasattr(source, "named_parameters"):
        return _of_torch(source)
    if isinstance(source, Sequence) and source and not isinstance(source, str):
        if not all(
            isinstance(layer, Dense | tuple | list) and not isinstance(layer, str) for layer in source
        ):
            raise AnalysisError("source: a sequence of Dense, or of (weights, bias, activation), is needed")
        layers = [layer if isinstance(layer, Dense) else Dense(*layer) for layer in source]
        return Network([Dense(layer.weights, layer.bias, layer.activation) for layer in layers])
    raise AnalysisError(
        f"source: {type(source).__name__} is not a network: layers, a fitted scikit-learn model or a torch module "
        "is needed"
    )


def _of_perceptron(source: Any) -> Network:
    if source.activation not in SKLEARN:
        raise AnalysisError(f"activation {source.activation!r} of a scikit-learn network is not known")
    if source.out_activation_ == "logistic":
        raise AnalysisError(
            "a scikit-learn network with one output for two classes: give it two outputs, or its layers"
        )
    last = len(source.coefs_) - 1
    return Network(
        [
            Dense(w, b, "identity" if k == last else SKLEARN[source.activation])
            for k, (w, b) in enumerate(zip(source.coefs_, source.intercepts_, strict=True))
        ]
    )


def _of_linear_model(source: Any) -> Network:
    weights = np.atleast_2d(source.coef_)
    bias = np.broadcast_to(np.ravel(source.intercept_), len(weights))  # a model without has a single 0
    both = len(weights) == 1 and len(getattr(source, "classes_", ())) == 2  # one output for two classes
    if both:
        weights, bias = np.concatenate([-weights, weights]) / 2.0, np.concatenate([-bias, bias]) / 2.0
    network = Network([Dense(weights.T, bias)])
    x = np.random.default_rng(0).normal(size=(8, weights.shape[1]))
    ours, outputs = network.forward(x), getattr(source, "decision_function", None) or source.predict
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of models that were fitted to a table whose columns have names
        own = np.reshape(outputs(x), (len(x), -1))
    ours = ours[:, 1:] - ours[:, :1] if both else ours
    if own.shape != ours.shape or not np.allclose(ours, own, rtol=1e-4, atol=1e-4 * np.abs(own).max()):
        raise AnalysisError(f"{type(source).__name__}: its outputs are not its weights times the inputs")
    return network


def _of_torch(source: Any) -> Network:
    layers: list[Dense] = []
    parts = _parts(source)
    for module in parts:
        kind = type(module).__name__
        if kind == "Linear":
            weights = module.weight.detach().cpu().numpy().T
            bias = None if module.bias is None else module.bias.detach().cpu().numpy()
            layers.append(Dense(weights, bias))
        elif kind in LAST and module is parts[-1]:
            continue
        elif kind in TORCH and layers:
            if layers[-1].activation != "identity":
                raise AnalysisError(f"{kind} follows another activation")
            layers[-1].activation = TORCH[kind]
        elif kind not in PASSED:
            raise AnalysisError(f"{kind} of a torch module cannot be mapped to arrays of dense layers")
    return Network(layers)


def _parts(module: Any) -> list[Any]:
    """Modules in the order in which a Sequential calls them."""
    if type(module).__name__ != "Sequential":
        return [module]
    return [part for child in module.children() for part in _parts(child)]
