"""Trained networks of other libraries, and plain arrays, as layers; the libraries are not imported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.neural.layers import Dense, Network

# Classes of torch.nn by name.
TORCH = {"ReLU": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "Identity": "identity"}
PASSED = (
    "Flatten",
    "Dropout",
    "Softmax",
    "LogSoftmax",
)  # no effect on which output is largest, or only while training
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
        For anything else; the message names the part.
    """
    if isinstance(source, Network):
        return Network([Dense(one.weights, one.bias, one.activation) for one in source.layers])
    if isinstance(source, Dense):
        return Network([Dense(source.weights, source.bias, source.activation)])
    if hasattr(source, "coefs_"):
        return _of_perceptron(source)
    if hasattr(source, "coef_"):
        return _of_linear_model(source)
    if hasattr(source, "named_parameters"):
        return _of_torch(source)
    if isinstance(source, Sequence) and source and not isinstance(source, str):
        made = [one if isinstance(one, Dense) else Dense(*one) for one in source]
        return Network([Dense(one.weights, one.bias, one.activation) for one in made])
    raise AnalysisError(
        f"{type(source).__name__} is not a network: layers, a fitted scikit-learn model or a torch module is needed"
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
    weights, bias = np.atleast_2d(source.coef_), np.atleast_1d(source.intercept_)
    if len(weights) == 1 and len(getattr(source, "classes_", ())) == 2:  # one output for both classes
        weights, bias = np.concatenate([-weights, weights]) / 2.0, np.concatenate([-bias, bias]) / 2.0
    return Network([Dense(weights.T, bias)])


def _of_torch(source: Any) -> Network:
    layers: list[Dense] = []
    for module in _parts(source):
        kind = type(module).__name__
        if kind == "Linear":
            weights = module.weight.detach().cpu().numpy().T
            bias = None if module.bias is None else module.bias.detach().cpu().numpy()
            layers.append(Dense(weights, bias))
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
