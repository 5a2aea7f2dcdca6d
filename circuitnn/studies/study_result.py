"""The outcome of a study: measures, statistics, yield, failures, and signals over the runs."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.machine.user_input import path_of
from circuitnn.machine.writing import whole
from circuitnn.results.figure_place import Place
from circuitnn.results.netcdf import save_dataset
from circuitnn.results.reported import Reported
from circuitnn.studies.runs import Outcome, Table, same_axes

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure

Limits = Mapping[str, tuple[float, float]]
QUANTILES = {"p05": 0.05, "median": 0.5, "p95": 0.95}


@dataclass(frozen=True, eq=False)
class Study(Reported):
    """Outcome of many runs of one circuit.

    Attributes
    ----------
    title : str
    dimension : {"sample", "corner"}
    measures : pandas.DataFrame
        One row per run, one column per measure. A measure that a run lacks is NaN.
    failures : dict
        Sample or corner → why its run failed.
    missing : dict
        Sample or corner → measures that have no value there, and why.
    signals : dict of str to xarray.Dataset
        Analysis (``"op"``, ``"tran"``, a second one ``"tran2"``) → its signals over the runs that did not fail,
        and over the axis.
    limits : mapping of str to (float, float)
    seeds : tuple of int
        Seeds of samples: ``.options seed=…`` repeats a sample.
    interrupted : bool
        Whether runs are missing because of Ctrl-C; `measures` then has the others.
    """

    title: str
    dimension: str
    measures: pandas.DataFrame
    failures: dict[object, str] = field(default_factory=dict)
    missing: dict[object, dict[str, str]] = field(default_factory=dict)
    signals: dict[str, xarray.Dataset] = field(default_factory=dict)
    limits: Limits = field(default_factory=dict)
    seeds: tuple[int, ...] = ()
    interrupted: bool = False

    @classmethod
    def of(
        cls,
        title: str,
        dimension: str,
        labels: Sequence[object],
        outcomes: Sequence[Outcome | None],
        limits: Limits,
        seeds: Sequence[int] = (),
    ) -> Study:
        """Collect the outcomes of runs.

        Parameters
        ----------
        title : str
        dimension : str
            Name of the dimension: ``"sample"``, ``"corner"``.
        labels : sequence
            One per run.
        outcomes : sequence of Outcome or None
            None: not run.
        limits : mapping of str to (float, float)
            Least and greatest good value of measures.
        seeds : sequence of int
            Of the samples.

        Returns
        -------
        Study

        Raises
        ------
        AnalysisError
            If a limit names no measure.
        """
        import pandas

        runs = [(label, o) for label, o in zip(labels, outcomes, strict=True) if o is not None]
        names = list(dict.fromkeys(n for _, o in runs for n in (*o.measures, *o.missing)))
        for name in limits:
            if name not in names:
                raise AnalysisError(f"there is no measure {name} for limits{nearest(name, names)}")
        index = pandas.Index([label for label, _ in runs], name=dimension)
        rows = np.array([[o.measures.get(n, np.nan) for n in names] for _, o in runs], dtype=float)
        known = dict(zip(labels, seeds, strict=False))
        return cls(
            title,
            dimension,
            pandas.DataFrame(rows.reshape(len(runs), len(names)), index=index, columns=names),
            {label: o.message for label, o in runs if o.message},
            {label: o.missing for label, o in runs if o.missing},
            _signals(dimension, [(label, o) for label, o in runs if not o.message]),
            limits,
            tuple(known[label] for label, _ in runs) if seeds else (),
            len(runs) < len(labels),
        )

    def __len__(self) -> int:
        return len(self.measures)

    def __repr__(self) -> str:
        failed = f", {len(self.failures)} failed" if self.failures else ""
        runs = f"{len(self)} {self.dimension}s{failed}"
        return f"<Study of {self.title!r}: {runs}, {len(self.measures.columns)} measures>"

    def __getitem__(self, measure: str) -> pandas.Series:
        """Values of a measure, one for each run."""
        if not isinstance(measure, str) or measure not in self.measures:
            raise UnknownNameError(f"no measure {measure}{nearest(str(measure), list(self.measures))}")
        return self.measures[measure]

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self)[1:-1])}</p>{self.statistics().to_html()}"

    def to_pandas(self) -> pandas.DataFrame:
        """The measures as a table: one row for each run, one column for each measure.

        Returns
        -------
        pandas.DataFrame
        """
        return self.measures

    def statistics(self) -> pandas.DataFrame:
        """Statistics of each measure over the runs that have it, one row per measure.

        Returns
        -------
        pandas.DataFrame
            ``count``, ``mean``, ``std`` (estimate for the population: n - 1), ``min``, ``p05``, ``median``, ``p95``,
            ``max``; with limits also ``yield``: the share of all runs that meet them; failed runs do not.
        """
        table = self.measures.agg(["count", "mean", "std", "min", "max"]).T
        for place, (name, q) in zip((4, 5, 6), QUANTILES.items(), strict=True):
            table.insert(place, name, self.measures.quantile(q))
        if self.limits:
            table["yield"] = [self.good(n).mean() if n in self.limits else np.nan for n in table.index]
        return table.astype({"count": int})

    def good(self, *measures: str) -> pandas.Series:
        """Which runs meet the limits of measures; a run that failed or lacks the measure does not.

        Parameters
        ----------
        *measures : str
            Default: all that have limits.

        Returns
        -------
        pandas.Series of bool

        Raises
        ------
        UnknownNameError
            If a measure has no limits.
        """
        wanted = measures or tuple(self.limits)
        kept = ~self.measures.index.isin(list(self.failures))
        for name in wanted:
            if name not in self.limits:
                raise UnknownNameError(f"{name} has no limits{nearest(name, list(self.limits))}")
            kept &= self.measures[name].between(*self.limits[name]).to_numpy()
        import pandas

        return pandas.Series(kept, index=self.measures.index, name="good")

    @property
    def yielded(self) -> float:
        """Share of the runs that did not fail and meet all limits."""
        return float(self.good().mean())

    def to_xarray(self, analysis: str | None = None) -> xarray.Dataset:
        """Signals of one analysis, and all measures, in one data set.

        Parameters
        ----------
        analysis : str, optional
            A key of `signals`; not needed if there is only one.

        Returns
        -------
        xarray.Dataset

        Raises
        ------
        AnalysisError, UnknownNameError
            If there is no such analysis, or several and none is named.
        """
        import xarray

        if analysis is None and len(self.signals) > 1:
            raise AnalysisError(f"which analysis? {', '.join(self.signals)}")
        if analysis is not None and analysis not in self.signals:
            raise UnknownNameError(f"no analysis {analysis}{nearest(analysis, list(self.signals))}")
        chosen = [self.signals[k] for k in ([analysis] if analysis else self.signals)]
        measures = xarray.Dataset.from_dataframe(self.measures)
        if self.seeds:
            measures = measures.assign_coords(seed=(self.dimension, np.array(self.seeds)))
        merged = xarray.merge([*chosen, measures], join="outer", compat="no_conflicts")
        merged.attrs = {"title": self.title, **(chosen[0].attrs if chosen else {})}
        return merged

    def save(self, path: str | os.PathLike[str]) -> list[Path]:
        """Write the measures as ``.csv``, or measures and signals as ``.nc`` (netCDF), one file per analysis.

        Parameters
        ----------
        path : path

        Returns
        -------
        list of Path
            The files written.

        Raises
        ------
        AnalysisError
            If the suffix is neither.
        """
        path = Path(path_of(path))
        if path.suffix.lower() == ".csv":
            table = self.measures.copy()
            if self.seeds:
                table.insert(0, "seed", self.seeds)
            table["failure"] = [self.failures.get(label, "") for label in table.index]
            with whole(path, newline="") as out:
                table.to_csv(out)
            return [path]
        if path.suffix.lower() != ".nc":
            raise AnalysisError(
                f"{path}: a study is written as .csv (measures) or .nc (measures and signals)"
            )
        keys: list[str | None] = list(self.signals) or [None]
        paths = [path if len(keys) == 1 else path.with_name(f"{path.stem}_{key}.nc") for key in keys]
        for key, target in zip(keys, paths, strict=True):
            save_dataset(partial(self._for_netcdf, key), target, "studies")
        return paths

    def _for_netcdf(self, key: str | None) -> xarray.Dataset:
        """As `to_xarray`; netCDF reserves the slash for groups."""
        data = self.to_xarray(key)
        return data.rename({n: str(n).replace("/", "|") for n in data if "/" in str(n)})

    def histogram(
        self,
        *measures: str,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw histograms of measures.

        Parameters
        ----------
        *measures : str
            Default: all, at most 6.
        path : path, optional
            File to write.
        ax : Axes, or one for each measure, optional
        figsize : (float, float), optional
            Size of a new figure. [inch]

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.studies import picture

        return picture.histogram(self, measures, path, Place(ax, figsize))

    def waterfall(
        self,
        measure: str,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw the runs in the order of a measure: which are lost at the limits, and by how much.

        Parameters
        ----------
        measure : str
        path : path, optional
            File to write.
        ax, figsize, ylim : optional
            Axes, size of a new figure [inch], and values that are shown.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        UnknownNameError
            There is no such measure.
        AnalysisError
            No run has it.
        """
        from circuitnn.studies import picture

        return picture.waterfall(self, measure, path, Place(ax, figsize, None, ylim))

    def overlay(
        self,
        signal: str,
        path: str | os.PathLike[str] | None = None,
        analysis: str | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw a signal of all runs in one plot.

        Parameters
        ----------
        signal : str
        path : path, optional
            File to write.
        analysis : str, optional
            Not needed if there is only one.
        ax, figsize, xlim, ylim : optional
            Axes, size [inch] and limits [SI units], as of `circuitnn.Result.plot`.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.studies import picture

        return picture.overlay(self, signal, path, analysis, Place(ax, figsize, xlim, ylim))


def _signals(dimension: str, runs: Sequence[tuple[object, Outcome]]) -> dict[str, xarray.Dataset]:
    """One data set per analysis."""
    counts: dict[str, int] = {}
    datasets = {}
    for k in range(min((len(o.tables) for _, o in runs), default=0)):
        tables = [o.tables[k] for _, o in runs]
        same_axes(tables)
        kind = tables[0].analysis
        counts[kind] = counts.get(kind, 0) + 1
        key = kind if counts[kind] == 1 else f"{kind}{counts[kind]}"
        datasets[key] = _dataset(dimension, [label for label, _ in runs], tables)
    return datasets


def _dataset(dimension: str, labels: Sequence[object], tables: Sequence[Table]) -> xarray.Dataset:
    import xarray

    first = tables[0]
    coordinates: dict[str, object] = {dimension: list(labels)}
    dimensions = [dimension]
    if first.axis:
        coordinates[first.axis] = (first.axis, first.x, {"units": first.axis_unit})
        dimensions.append(first.axis)
    stacked = np.stack([table.data for table in tables])  # (runs, points, signals)
    variables = {
        name: (dimensions, stacked[:, :, k] if first.axis else stacked[:, 0, k], {"units": unit})
        for k, (name, unit) in enumerate(zip(first.names, first.units, strict=True))
    }
    return xarray.Dataset(variables, coordinates, {"analysis": first.analysis, "plotname": first.plotname})
