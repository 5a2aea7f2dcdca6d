"""Display of arrays and of their operating points in notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.crossbar.attributes import DESCRIBED, spanned
from circuitnn.results.markup import headed, picture, table

if TYPE_CHECKING:
    from circuitnn.crossbar.description import Array
    from circuitnn.crossbar.result import CrossbarResult


def of_array(array: Array) -> str:
    """Write the cells, lines and ends of an array.

    Parameters
    ----------
    array : Array

    Returns
    -------
    str
        HTML.
    """
    rows = [["cells", array.made.kind, ""]]
    rows += [[key.replace("_", " "), spanned(array.arguments[key]), unit] for key, unit in DESCRIBED.items()]
    return headed(f"{array.name}: {array.rows} × {array.cols} cells", table(["", "value", "unit"], rows))


def of_result(result: CrossbarResult) -> str:
    """Write the figures of an operating point, and draw the currents of its cells.

    Parameters
    ----------
    result : CrossbarResult

    Returns
    -------
    str
        HTML.
    """
    m, n = result.array.shape
    current = np.abs(result.cell_current)
    rows = [
        ["largest cell current", f"{current.max():.6g}", "A"],
        ["largest IR drop", f"{np.abs(result.ir_drop).max():.6g}", "V"],
        ["total power", f"{result.total_power:.6g}", "W"],
    ]
    shown = picture(result.plot(), "cell currents")
    return headed(f"Operating point of {m} × {n} cells", table(["", "value", "unit"], rows), shown)
