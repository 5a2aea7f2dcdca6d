"""Arrays with one resistance for segments, drivers and sense ends, as most studies of size assume."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from circuitnn.crossbar import Crossbar
from circuitnn.crossbar.crossing import Cell


def uniform(rows: int, cols: int, cell: Cell | ArrayLike, resistance: float, **more: Any) -> Crossbar:
    """Make an array with one resistance everywhere along its lines.

    Parameters
    ----------
    rows, cols : int
    cell : Cell or array_like
        As for `Crossbar`.
    resistance : float
        Of a segment, a driver, a sense end. [Ohm]
    **more
        Other arguments of `Crossbar`.

    Returns
    -------
    Crossbar
    """
    return Crossbar(
        rows,
        cols,
        cell,
        wordline_resistance=resistance,
        bitline_resistance=resistance,
        driver_resistance=resistance,
        sense_resistance=resistance,
        **more,
    )
