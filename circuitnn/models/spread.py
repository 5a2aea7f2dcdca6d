"""Device-to-device spread: parameters that every instance draws for itself.

``ron.dev=0.1`` on a model card or an instance spreads ``ron`` around its nominal value p by s = 0.1:

    p·exp(s·z)        where the parameter cannot be negative (lognormal; p is the median)
    p·(1 + s·z)       else

with z normal, drawn anew where the result leaves the parameter's range. The draw follows from the
seed, the instance's name (of a cell: the array's name, row and column) and the parameter's name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from circuitnn.equations.kernel import DISTRIBUTIONS
from circuitnn.models.model import Model, Parameter

SUFFIX = ".dev"
SEED = 1  # default seed of random numbers
ATTEMPTS = 100


def key(seed: int, instance: str, name: str) -> int:
    """Key from which the random numbers of that name are drawn, 64 bits."""
    from hashlib import blake2b  # 3 ms, for decks with random numbers only

    return int.from_bytes(blake2b(f"{seed} {instance} {name}".encode(), digest_size=8).digest(), "little")


def keys(seed: int, instances: Iterable[str], name: str) -> np.ndarray:
    """Keys of one random number in many instances, uint64."""
    return np.array([key(seed, instance, name) for instance in instances], dtype=np.uint64)


def cell_keys(seed: int, name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Keys of one random number in every cell of an array (or line of it), uint64.

    A cell's key depends on its row and column, not on the size of the array.

    Parameters
    ----------
    seed : int
    name : str
        Name of the array and the number.
    shape : tuple of int
        (rows, columns), or (lines,).
    """
    where = np.zeros(shape, dtype=np.uint64)
    for index in np.indices(shape, dtype=np.uint64, sparse=True):
        where = (where << np.uint64(32)) | index
    mixed = np.uint64(key(seed, "", name)) + (where + np.uint64(1)) * np.uint64(
        0x9E3779B97F4A7C15
    )  # SplitMix64
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def spread_parameters(model: type[Model], given: Iterable[str]) -> tuple[Parameter, ...]:
    """Parameters for the spread of others, for those of the given names that are spreads.

    Parameters
    ----------
    model : type of Model
    given : iterable of str
        Names on cards.
    """
    names = {name: p.name for p in model.parameters for name in (p.name, *p.aliases)}
    asked = {names[n[: -len(SUFFIX)]] for n in given if n.endswith(SUFFIX) and n[: -len(SUFFIX)] in names}
    return tuple(
        Parameter(name + SUFFIX, 0.0, "", f"relative spread of {name} from device to device", low=0.0)
        for name in sorted(asked)
    )


def spread(
    model: type[Model], columns: Mapping[str, np.ndarray], instances: tuple[str, ...], seed: int
) -> dict[str, np.ndarray]:
    """The instances' numbers with every spread parameter drawn, and without the spreads.

    Parameters
    ----------
    model : type of Model
    columns : mapping of str to ndarray, shape (n,)
    instances : tuple of str, length n
    seed : int
    """
    return spread_by(model, columns, len(instances), lambda name: keys(seed, instances, name))


def spread_by(
    model: type[Model],
    columns: Mapping[str, np.ndarray],
    count: int,
    keyed: Callable[[str], np.ndarray],
) -> dict[str, np.ndarray]:
    """The same with custom keys.

    Parameters
    ----------
    model : type of Model
    columns : mapping of str to ndarray, shape () or (count,)
    count : int
    keyed : callable
        Keys of all instances for the name of a random number, shape (count,).
    """
    drawn = {name: column for name, column in columns.items() if not name.endswith(SUFFIX)}
    for parameter in model.parameters:
        width = columns.get(parameter.name + SUFFIX)
        if width is not None and np.any(width):
            drawn[parameter.name] = _draw(
                parameter,
                np.broadcast_to(columns[parameter.name], count),
                np.broadcast_to(width, count),
                keyed(parameter.name + SUFFIX),
            )
    return drawn


def _draw(parameter: Parameter, nominal: np.ndarray, width: np.ndarray, keyed: np.ndarray) -> np.ndarray:
    """Values of one parameter; those outside its range are drawn anew, then moved to its edge."""
    from circuitnn._cext.draws import draw_all  # the build reads the models before anything is compiled

    normal = DISTRIBUTIONS.index("normal")
    values, todo = np.array(nominal, dtype=float), np.arange(len(nominal))
    for attempt in range(ATTEMPTS):
        z = width[todo] * draw_all(normal, np.ascontiguousarray(keyed[todo]), attempt)
        values[todo] = nominal[todo] * (np.exp(z) if parameter.low >= 0.0 else 1.0 + z)
        todo = np.flatnonzero((values < parameter.low) | (values > parameter.high))
        if not todo.size:
            break
    return np.clip(values, parameter.low, parameter.high)
