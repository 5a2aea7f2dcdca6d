"""Random arrays: faults, and parameters of cells drawn from any distribution."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from circuitnn.crossbar import Complementary, Conductance, Crossbar, Device, Faults, Gated, Resistance, Series
from circuitnn.crossbar.cells import names_of
from circuitnn.crossbar.crossing import Cell, as_cell
from circuitnn.crossbar.description import LINES
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.studies.cell_expressions import expression
from circuitnn.studies.spaces import Distribution

KINDS = ("on", "off", "open", "short")


@dataclass(frozen=True)
class RandomFaults:
    """Faults that each cell and each segment has with some probability, independently.

    Parameters
    ----------
    on, off : float
        Probabilities that a cell is stuck in its low- or high-resistance state.
    open, short : float
        Probability that a cell conducts no current; that its lines are shorted.
    word, bit : float
        Probabilities that a segment of a word line or bit line is broken.
    g_on, g_off : float
        Conductance of stuck cells. [S]
    short_resistance : float
        [Ohm]
    """

    on: float = 0.0
    off: float = 0.0
    open: float = 0.0
    short: float = 0.0
    word: float = 0.0
    bit: float = 0.0
    g_on: float = 1e-4
    g_off: float = 1e-6
    short_resistance: float = 1.0

    def __post_init__(self) -> None:
        for name in (*KINDS, "word", "bit"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise AnalysisError(
                    f"faults: probability {name} = {getattr(self, name)}: must be from 0 to 1"
                )
        if sum(getattr(self, name) for name in KINDS) > 1.0:
            raise AnalysisError("faults: the probabilities on, off, open and short of a cell exceed 1")

    def draw(self, rows: int, cols: int, seed: int) -> Faults:
        """Draw the faults of one chip.

        Parameters
        ----------
        rows, cols : int
        seed : int
            Of the chip.

        Returns
        -------
        Faults
        """
        rng = generator(seed, "faults")
        cells = rng.random((rows, cols))
        bounds = np.cumsum([getattr(self, name) for name in KINDS])
        kinds = np.searchsorted(bounds, cells, side="right")

        def where(mask: np.ndarray) -> list[tuple[int, int]]:
            return [(int(i), int(j)) for i, j in np.argwhere(mask)]

        return Faults(
            stuck={
                **dict.fromkeys(where(kinds == 0), self.g_on),
                **dict.fromkeys(where(kinds == 1), self.g_off),
            },
            opens=where(kinds == 2),
            shorts=where(kinds == 3),
            short_resistance=self.short_resistance,
            open_word=where(rng.random((rows, max(cols - 1, 0))) < self.word),
            open_bit=where(rng.random((max(rows - 1, 0), cols)) < self.bit),
        )


def generator(seed: int, item: str) -> np.random.Generator:
    """Make the random generator for one item of one chip, independent of all other items.

    Parameters
    ----------
    seed : int
        Of the chip.
    item : str
        Name of the item.

    Returns
    -------
    numpy.random.Generator
    """
    return np.random.default_rng((seed, int.from_bytes(hashlib.sha256(item.encode()).digest()[:8], "big")))


def chip(
    array: Crossbar,
    seed: int,
    random: Mapping[str, Distribution | str] | None = None,
    faults: RandomFaults | None = None,
    **changes: Any,
) -> Crossbar:
    """Make one chip of many: an array with its own random numbers.

    Parameters
    ----------
    array : Crossbar
        Its parameters with ``.dev`` draw numbers of this seed, too.
    seed : int
    random : mapping of str to distribution or str, optional
        Parameter of the cells (``"ron"``; ``"vteam.ron"`` if several devices have it; ``"g"`` or ``"r"`` of
        resistive cells) → a frozen distribution of `scipy.stats`, or an expression of a deck that is drawn for each
        cell, such as ``"1e5*exp(0.3*agauss(0,1,1))"``; it may use ``row`` and ``col``.
    faults : RandomFaults, optional
    **changes
        Other arguments of the array that change; parameters of its cells.

    Returns
    -------
    Crossbar

    Raises
    ------
    AnalysisError
        If the cells have no such parameter, or a drawn value is invalid.
    """
    arguments: dict[str, Any] = {"seed": seed}
    rows, cols = int(changes.get("rows", array.rows)), int(changes.get("cols", array.outputs))
    kept = "cell" not in changes
    cell = as_cell(changes.pop("cell", array.cell))
    for name in [n for n in changes if n not in ARGUMENTS]:
        cell = with_parameter(cell, name, changes.pop(name))
    if "temp" in changes and isinstance(cell, Device) and "temp" in cell.parameters:
        message = f"temp of the array has no effect on {cell.model}, which has a temp of its own"
        warnings.warn(f"{message}: vary {cell.model}.temp", DeckWarning, stacklevel=2)
    for name, law in (random or {}).items():
        cell = with_parameter(cell, name, _drawn(law, name, (rows, cols), seed))
    if faults is not None:
        lines = cols * (2 if isinstance(cell, Complementary) else 1)
        arguments["faults"] = faults.draw(rows, lines, seed)
    changed = array.changed(**{**arguments, "cell": cell, **changes})
    return array.edited(changed) if kept else changed


ARGUMENTS = "rows", "cols", "line_resistance", *LINES, "faults", "temp", "temperature", "name", "seed"


def _drawn(law: Distribution | str, name: str, shape: tuple[int, int], seed: int) -> np.ndarray:
    if isinstance(law, str):
        return expression(law, shape, generator(seed, name))
    if not callable(getattr(law, "ppf", None)):
        raise AnalysisError(f"{name}: a distribution of scipy.stats or an expression is needed")
    return np.asarray(law.ppf(generator(seed, name).random(shape)))


def with_parameter(cell: Cell, name: str, value: Any) -> Cell:
    """Make a cell with another value of one parameter of one of its devices.

    Parameters
    ----------
    cell : Cell
    name : str
        ``"ron"``, or ``"vteam.ron"``; ``"g"`` [S] or ``"r"`` [Ohm] of resistive parts.
    value : number or ndarray

    Returns
    -------
    Cell

    Raises
    ------
    AnalysisError
        If no part, or more than one, has it.
    """
    device, _, parameter = name.rpartition(".") if not name.endswith(".dev") else ("", "", name)
    changed, count = _replaced(cell, device, parameter, value)
    if count == 1:
        return changed
    known = sorted(set(_names(cell)))
    if count:
        raise AnalysisError(f"{count} parts of the cell have a parameter {name}: name one, as {known[0]}")
    raise AnalysisError(f"no part of the cell has a parameter {name}{nearest(name, known)}")


def _replaced(cell: Any, device: str, parameter: str, value: Any) -> tuple[Any, int]:
    cell = as_cell(cell)
    if isinstance(cell, (Series, Gated, Complementary)):
        fields = {Series: ("first", "second"), Gated: ("cell", "transistor")}.get(
            type(cell), ("positive", "negative")
        )
        parts, total = {}, 0
        for part in fields:
            parts[part], count = _replaced(getattr(cell, part), device, parameter, value)
            total += count
        return replace(cell, **parts), total
    if isinstance(cell, Conductance):
        if device or parameter not in ("g", "r"):
            return cell, 0
        return (Conductance(value) if parameter == "g" else Resistance(value)), 1
    names = _parameter_names(cell)
    if device not in ("", cell.model) or parameter.removesuffix(".dev") not in names:
        return cell, 0
    kept = {k: v for k, v in cell.parameters.items() if names.get(k, k) != names.get(parameter, parameter)}
    return Device(cell.model, **{**kept, parameter: value}), 1


def _parameter_names(device: Device) -> dict[str, str]:
    from circuitnn.models import known

    model = known().get(device.model)
    return {} if model is None else names_of(model)


def _names(cell: Any) -> list[str]:
    cell = as_cell(cell)
    if isinstance(cell, (Series, Gated, Complementary)):
        return [n for part in vars(cell).values() if not np.isscalar(part) for n in _names(part)]
    if isinstance(cell, Conductance):
        return ["g", "r"]
    return [f"{cell.model}.{n}" for n in _parameter_names(cell)] if isinstance(cell, Device) else []
