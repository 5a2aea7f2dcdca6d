"""A matrix of conductance pairs on as many arrays as necessary, each solved with its lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from circuitnn.crossbar import Crossbar
from circuitnn.crossbar.products import Products
from circuitnn.neural.hardware import Hardware

Item = TypeVar("Item")
Made = TypeVar("Made")


@dataclass(frozen=True, eq=False)
class Tile:
    """One array, and its inputs and outputs of the layer."""

    rows: slice
    columns: slice
    array: Crossbar


def each(work: Callable[[Item], Made], items: Sequence[Item], threads: int) -> list[Made]:
    """Apply a function to each item, in threads: the array solver releases the GIL.

    Parameters
    ----------
    work : callable
    items : sequence
    threads : int

    Returns
    -------
    list
        Results, in order.
    """
    if threads == 1 or len(items) == 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(min(threads, len(items))) as pool:
        return list(pool.map(work, items))


class Tiles:
    """The arrays of a layer.

    Parameters
    ----------
    hardware : Hardware
    positive, negative : ndarray, shape (inputs, outputs)
        Conductances of the pairs. [S]
    name : str
    threads : int
    """

    def __init__(
        self, hardware: Hardware, positive: np.ndarray, negative: np.ndarray, name: str, threads: int = 1
    ) -> None:
        self.hardware, self.shape, self.threads = hardware, positive.shape, threads
        self.conductances = positive, negative
        self.tiles = [
            Tile(
                rows, columns, hardware.array(positive[rows, columns], negative[rows, columns], f"{name}_{k}")
            )
            for k, (rows, columns) in enumerate(places(positive.shape, hardware.tile))
        ]

    def products(self, voltages: np.ndarray) -> list[Products]:
        """Solve all arrays.

        Parameters
        ----------
        voltages : ndarray, shape (count, inputs)
            [V]

        Returns
        -------
        list of Products
            One per tile.
        """
        scheme = self.hardware.scheme
        return each(lambda t: t.array.products(voltages[:, t.rows], scheme), self.tiles, self.threads)

    def pull(
        self, products: Sequence[Products], weights: Sequence[np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Compute the derivatives of a function of all tiles' currents.

        Parameters
        ----------
        products : sequence of Products
        weights : sequence of ndarray, shape (count, columns of the tile)
            Derivatives by the currents. [1/A]

        Returns
        -------
        by_voltage : ndarray, shape (count, inputs)
            [1/V]
        by_positive, by_negative : ndarray, shape (inputs, outputs)
            Derivatives by the conductances of the pairs, summed over the inputs. [1/S]
        """
        by = "conductance" if self.hardware.linear else "resistance"
        pulled = each(
            lambda pair: pair[0].pull(pair[1], (by,)), list(zip(products, weights, strict=True)), self.threads
        )
        by_voltage = np.zeros((len(weights[0]), self.shape[0]))
        gradients = np.zeros(self.shape), np.zeros(self.shape)
        for tile, part in zip(self.tiles, pulled, strict=True):
            by_voltage[:, tile.rows] += part.inputs
            for sign, (gradient, g) in enumerate(zip(gradients, self.conductances, strict=True)):
                own = part.by[by][:, sign::2]
                here = g[tile.rows, tile.columns]
                gradient[tile.rows, tile.columns] = own if self.hardware.linear else -own / (here * here)
        return by_voltage, *gradients


def places(shape: tuple[int, int], tile: tuple[int, int]) -> Iterator[tuple[slice, slice]]:
    """Positions of the tiles in a matrix.

    Parameters
    ----------
    shape : (int, int)
        Inputs and outputs.
    tile : (int, int)
        Word lines and bit lines, two per output.

    Yields
    ------
    rows, columns : slice
    """
    for i in range(0, shape[0], tile[0]):
        for j in range(0, shape[1], tile[1] // 2):
            yield slice(i, min(i + tile[0], shape[0])), slice(j, min(j + tile[1] // 2, shape[1]))
