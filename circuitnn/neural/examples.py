"""Labelled examples to train and test classifiers: scikit-learn's digits, or your own file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.neural.training import labelled


@dataclass(frozen=True, eq=False)
class Split:
    """Inputs and classes, split into training and test examples.

    Parameters
    ----------
    inputs, more : ndarray, shapes (count, inputs), (others, inputs)
        Training and test inputs; in 0 … 1 if they are pixels.
    labels, of_more : ndarray of int, shapes (count,), (others,)
        Their classes.
    """

    inputs: np.ndarray
    labels: np.ndarray
    more: np.ndarray
    of_more: np.ndarray

    @property
    def classes(self) -> int:
        """Number of classes."""
        return int(max(self.labels.max(), self.of_more.max())) + 1


def digits(size: int = 8, judged: int = 1000, seed: int = 0) -> Split:
    """Load the 1,797 handwritten digits of scikit-learn.

    Parameters
    ----------
    size : int
        Pixels a side, 8 or more; larger images are interpolated from the 8 x 8 pixels.
    judged : int
        Number of test examples; the others are for training.
    seed : int
        Seed of the order.

    Returns
    -------
    Split

    Raises
    ------
    AnalysisError
        If scikit-learn is not installed, or the sizes are invalid.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise AnalysisError(
            "the digits are scikit-learn's, which is not installed: pip install 'circuitnn[neural]'; or give a file "
            "of your own"
        ) from missing
    images, labels = load_digits(return_X_y=True)
    if size < 8 or not 0 < judged < len(labels):
        raise AnalysisError(f"digits: size {size} must be 8 or more, judged {judged} below {len(labels)}")
    x = images.reshape(-1, 8, 8) / 16.0
    if size > 8:
        from scipy.ndimage import zoom

        x = np.clip(zoom(x, (1.0, size / 8.0, size / 8.0), order=1), 0.0, 1.0)
    return divided(x.reshape(len(labels), -1), labels, judged, seed)


def divided(inputs: np.ndarray, labels: np.ndarray, judged: int, seed: int) -> Split:
    """Split examples at random.

    Parameters
    ----------
    inputs : ndarray, shape (count, inputs)
    labels : ndarray of int, shape (count,)
    judged : int
        Number of test examples.
    seed : int

    Returns
    -------
    Split
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    x, y = inputs[order], labels[order]
    return Split(x[:-judged], y[:-judged], x[-judged:], y[-judged:])


def load(path: str | os.PathLike[str], judged: int, seed: int = 0) -> Split:
    """Load examples from a NumPy file.

    Parameters
    ----------
    path : path
        ``.npz`` with ``x``, shape (count, …), and ``y``, shape (count,), classes from 0 on.
    judged : int
        Number of test examples.
    seed : int
        Seed of the order.

    Returns
    -------
    Split

    Raises
    ------
    AnalysisError
        If the file has no such arrays, or not enough examples.
    """
    if not Path(path).is_file():
        raise AnalysisError(f"{path}: there is no such file")
    try:
        with np.load(path) as file:
            x, y = file["x"], file["y"]
    except (KeyError, ValueError, OSError, TypeError, BadZipFile) as fault:
        raise AnalysisError(f"{path}: arrays 'x' and 'y' in a .npz file are needed: {fault}") from None
    flat = x.reshape(len(np.atleast_1d(x)), -1)
    inputs = numbers(flat, "x", [flat.shape], ("example", "input"), -np.inf, False)
    if not 0 < judged < len(inputs):
        raise AnalysisError(f"{path}: {len(inputs)} examples, of which {judged} cannot be put aside")
    return divided(inputs, labelled(y, len(inputs)), judged, seed)
