"""Whether two tables of flat circuits are about the same things."""

from __future__ import annotations

import numpy as np

from circuitnn.flat import Behavioural, Devices, Elements

Table = Elements | Devices | Behavioural


def same_rows(table: Table, other: Table) -> bool:
    """Whether tables have the same rows: names, nodes, model or expression, waveforms; their numbers may differ."""
    return (
        table.names == other.names
        and np.array_equal(table.nodes, other.nodes)
        and getattr(table, "model", "") == getattr(other, "model", "")
        and getattr(table, "expression", None) is getattr(other, "expression", None)
        and repr(getattr(table, "waveforms", ()))
        == repr(getattr(other, "waveforms", ()))  # NaN is not itself
    )
