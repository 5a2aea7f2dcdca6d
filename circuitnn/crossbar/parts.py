"""Small networks of parts between two terminals: inner nodes are eliminated without subtraction."""

from __future__ import annotations

import numpy as np

PLUS, MINUS = 0, 1


class Condensed:
    """Cells as seen from their terminals, with inner nodes eliminated.

    Parameters
    ----------
    coupling : ndarray, shape (nodes, nodes, devices)
        −∂f_i/∂v_j; nodes are plus, minus, then inner ones; the diagonal is ignored. [S]

    Attributes
    ----------
    by_word, by_bit : ndarray
        ∂I/∂(word voltage) and −∂I/∂(bit voltage), with inner nodes following. [S]
    """

    def __init__(self, coupling: np.ndarray) -> None:
        self.coupling = m = np.array(coupling)
        self.count = len(m)
        self.pivot = np.zeros((self.count, m.shape[2]))
        self.share = np.zeros_like(m[0:, 0])[None].repeat(self.count, axis=0)
        # the last inner node first, until only the terminals remain
        for k in range(self.count - 1, MINUS, -1):
            self.pivot[k] = m[:k, k].sum(axis=0)
            with np.errstate(divide="ignore", invalid="ignore"):
                self.share[k, :k] = np.where(self.pivot[k] > 0.0, m[:k, k] / self.pivot[k], 0.0)
            for i in range(k):
                for j in range(k):
                    if i != j:
                        m[i, j] += self.share[k, i] * m[k, j]
        self.by_word, self.by_bit = m[MINUS, PLUS], m[PLUS, MINUS]

    def current(self, f: np.ndarray) -> np.ndarray:
        """Current from word to bit node: that of the plus terminal, corrected by residuals of inner nodes. [A]"""
        self._lacking = f = np.array(f)
        for k in range(self.count - 1, MINUS, -1):
            f[:k] += self.share[k, :k] * f[k]
        return f[PLUS]

    def inside(self, word: np.ndarray, bit: np.ndarray) -> np.ndarray:
        """Steps of the inner nodes for those of the terminals, after `current`. [V]"""
        step = np.zeros_like(self._lacking)
        step[PLUS], step[MINUS] = word, bit
        for k in range(MINUS + 1, self.count):
            moved = np.sum(self.coupling[k, :k] * step[:k], axis=0) - self._lacking[k]
            with np.errstate(divide="ignore", invalid="ignore"):
                step[k] = np.where(self.pivot[k] > 0.0, moved / self.pivot[k], 0.0)
        return step[MINUS + 1 :]
