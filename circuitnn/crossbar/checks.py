"""Checks of an array's numbers: shape, finiteness, sign; messages name the bad place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import real
from circuitnn.models import Parameter

LEAST = 1e-300  # 1/x of smaller numbers overflows


def place(index: Sequence[int], axes: Sequence[str]) -> str:
    """Words for an index: ``row 3, column 5``."""
    return ", ".join(f"{axis} {k}" for axis, k in zip(axes, index, strict=True))


def numbers(
    values: ArrayLike,
    label: str,
    shapes: Sequence[tuple[int, ...]],
    axes: Sequence[str],
    low: float = 0.0,
    infinite: bool = True,
    missing: bool = False,
) -> np.ndarray:
    """Values as an array of one of the shapes, or an error that names the first bad one.

    Parameters
    ----------
    values : array_like
    label : str
        Name and unit, for the message: ``"wordline_resistance [Ohm]"``.
    shapes : sequence of tuple
        Shapes allowed; a scalar always is, and takes the first one.
    axes : sequence of str
        Names of the indices, as many as the longest shape has.
    low : float
        Least value allowed.
    infinite, missing : bool
        Whether infinity and NaN are allowed.
    """
    if type(values) is float and (values >= LEAST or values == 0.0) and low <= values < np.inf:
        shape = shapes[0]  # the common case, ten times as fast as the general one
        return np.full(shape, values) if len(shape) < 2 else np.broadcast_to(values, shape)
    array = real(values, label)
    if array.ndim and array.shape not in shapes:
        wanted = " or ".join(str(shape) for shape in dict.fromkeys(shapes) if shape)
        raise AnalysisError(f"{label}: shape {array.shape} does not fit, expected a number or {wanted}")
    bad = ~(array >= low)
    if low == 0.0:
        bad |= (array > 0.0) & (array < LEAST)
    if missing:
        bad &= ~np.isnan(array)
    if not infinite:
        bad |= np.isinf(array)
    if np.any(bad):
        index = tuple(int(k) for k in np.argwhere(bad)[0]) if array.ndim else ()
        value = float(array[index])
        where = (
            f" at {place(index, axes[-len(index) :] if len(index) < len(axes) else axes)}" if index else ""
        )
        allowed = "a number" if low == -np.inf else f"at least {low:g}"
        allowed = f"0 or at least {LEAST:g}" if 0.0 < value < LEAST else allowed
        raise AnalysisError(
            f"{label} is {value:g}{where}: must be {allowed}{'' if infinite else ' and finite'}"
        )
    return np.broadcast_to(array, shapes[0]) if array.ndim == 0 else array


def checked(parameter: Parameter, value: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """A parameter of the cells, scalar or one number per cell, within its range."""
    p = parameter
    label = f"cell parameter '{p.name}'" + (f" [{p.unit}]" if p.unit else "")
    array = numbers(value, label, [(), shape], ("row", "column"), low=p.low)
    beyond = np.argwhere(p.refuses(array))
    if len(beyond):
        where = f" at row {beyond[0][0]}, column {beyond[0][1]}" if array.ndim else ""
        first = float(array[tuple(beyond[0])])
        allowed = f"at most {p.high:g}" if first > p.high else "not 0"
        raise AnalysisError(f"{label} is {first:g}{where}: must be {allowed}")
    return array
