"""Records of the studies in the folder ``questions``: the question and its answer."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.registry.studies import HOW
from circuitnn.results.netcdf import save_dataset
from circuitnn.results.reported import Reported
from circuitnn.units import parse_number

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure
    from rich.table import Table

    from circuitnn.results.figure_place import Place


@dataclass(frozen=True, eq=False)
class Question:
    """A study, asked by one command or one call.

    Parameters
    ----------
    name : str
        Name of its file and of its command.
    title : str
    ask : callable
        The function. The command's options are its parameters; their defaults and the docstring are the help.
    """

    name: str
    title: str
    ask: Callable[..., Answer]


def _failed(data: xarray.Dataset) -> list[str]:
    """How many points failed, and the reason of the first one: its numbers are missing."""
    if "failure" not in data or data["failure"].dtype.kind not in "UO":
        return []
    reasons = data["failure"]
    failures = np.argwhere(reasons.values != "")
    if not len(failures):
        return []
    first = tuple(failures[0].tolist())
    axes = zip(reasons.dims, first, strict=True)
    place = ", ".join(f"{axis} = {data[axis].values[k]}" for axis, k in axes if axis in data.coords)
    where = f" ({place})" if place else ""
    return [f"{len(failures)} of {reasons.size} points failed, the first{where}: {reasons.values[first]}"]


@dataclass(eq=False)
class Answer(Reported):
    """The answer of a study.

    Parameters
    ----------
    question : str
        Name of the study.
    title : str
    summary : list of str
        The answer in sentences.
    data : xarray.Dataset
        All numbers; its attributes are the settings of the study and its provenance.
    headings : sequence of str
        Of the table's columns.
    rows : sequence of sequence of str
        Of the table.
    draw : callable
        Draws the picture of the data in a place.
    more : dict
        Objects that data sets cannot hold: programmed arrays, fitted functions.
    """

    question: str
    title: str
    summary: list[str]
    data: xarray.Dataset
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    draw: Callable[[xarray.Dataset, Place], Figure]
    more: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.summary = [*self.summary, *_failed(self.data)]

    def __repr__(self) -> str:
        return f"<Answer {self.question}: {' '.join(self.summary)}>"

    def __getitem__(self, name: str) -> xarray.DataArray:
        """Numbers of the data by their name."""
        if name not in self.data.variables:
            raise UnknownNameError(
                f"no {name} in the data{nearest(str(name), list(map(str, self.data.variables)))}"
            )
        return self.data[name]

    def _repr_html_(self) -> str:
        from circuitnn.results import markup

        sentences = "".join(f"<p>{escape(sentence)}</p>" for sentence in self.summary)
        return markup.headed(self.title, markup.table(self.headings, self.rows), sentences)

    def to_xarray(self) -> xarray.Dataset:
        """All numbers, with the settings of the study as attributes.

        Returns
        -------
        xarray.Dataset
        """
        return self.data

    def to_pandas(self) -> pandas.DataFrame:
        """All numbers as a table, indexed by the axes of the study.

        Returns
        -------
        pandas.DataFrame
        """
        return self.data.to_dataframe()

    def __str__(self) -> str:
        from rich.console import Console

        console = Console(width=160, color_system=None)
        with console.capture() as printed:
            console.print(self.table())
        lines = [line.rstrip() for line in printed.get().rstrip().split("\n")]
        return "\n".join([*lines, "", *self.summary])

    def table(self) -> Table:
        """Build the table, for a console of rich; ``print(answer)`` prints it with the summary.

        Returns
        -------
        rich.table.Table
        """
        from rich import box
        from rich.markup import escape
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), title=self.title, title_justify="left")
        for k, heading in enumerate(self.headings):
            table.add_column(escape(heading), justify="right" if k else "left")
        for row in self.rows:
            table.add_row(*(escape(cell) for cell in row))
        return table

    def plot(
        self,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw the picture.

        Parameters
        ----------
        path : path, optional
            File to write: ``.png``, ``.svg``, ``.pdf``.
        ax : matplotlib.axes.Axes, or one for each panel, optional
            Default: a figure of its own, whose panels are ``figure.axes``.
        figsize : (float, float), optional
            Size of that figure. [inch]

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.results.figure_place import Place
        from circuitnn.results.figures import save, styled

        with styled():
            figure = self.draw(self.data, Place(ax, figsize))
        if path is not None:
            save(figure, path)
        return figure

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all numbers as netCDF.

        Parameters
        ----------
        path : path
            ``.nc``

        Returns
        -------
        Path

        Raises
        ------
        AnalysisError
            If the suffix is another.
        """
        return save_dataset(self.described, path, "answers")

    def described(self) -> xarray.Dataset:
        """Data set of all numbers, with title, summary and table as attributes.

        Returns
        -------
        xarray.Dataset
            The table is JSON, ``{"headings": [...], "rows": [[...], ...]}``.
        """
        table = json.dumps({"headings": list(self.headings), "rows": [list(row) for row in self.rows]})
        words = {"title": self.title, "summary": "\n".join(self.summary), "table": table}
        kept = self.data.assign_attrs(study=self.question, **words)
        kept.attrs = {k: v for k, v in kept.attrs.items() if not (isinstance(v, list) and not v)}
        return kept


def settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of a study as attributes of its data: numbers and texts.

    Parameters
    ----------
    values : mapping
        Arguments of the study's function: ``locals()`` at its beginning.

    Returns
    -------
    dict

    Raises
    ------
    AnalysisError
        If a number is NaN.
    """
    for name, value in values.items():
        if isinstance(value, float) and isnan(value):
            raise AnalysisError(f"{name} = nan: a number is needed")
    plain = (int, float, str)  # netCDF has no Boolean attributes
    return {
        k: v if isinstance(v, plain) and not isinstance(v, bool) else str(v)
        for k, v in values.items()
        if v is not None and k[0] != "_" and k not in HOW
    }


def assigned(text: str, label: str) -> dict[str, float]:
    """Parse numbers by name from a text ``ron=5k roff=200k``.

    Parameters
    ----------
    text : str
        Commas count as blanks.
    label : str
        Name of the argument, for the message.

    Returns
    -------
    dict of str to float

    Raises
    ------
    AnalysisError
        If a word is not ``name=number``.
    """
    values = {}
    for word in text.replace(",", " ").split():
        name, _, number = word.partition("=")
        try:
            values[name] = parse_number(number)
        except ValueError:
            name = ""
        if not name:
            raise AnalysisError(f"{label}: '{word}' is not name=number")
    return values
