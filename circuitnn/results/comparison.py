"""Compare two results: how far each signal of one is from that of the other."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError
from circuitnn.machine.user_input import name_of, path_of
from circuitnn.records import dataclass
from circuitnn.results.reading import read
from circuitnn.results.reported import Tabulated
from circuitnn.results.result import Result

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure

    from circuitnn.results.figures import Curve

SHOWN = 20  # rows of the text
DRAWN = 4  # signals of a picture, if none are named
FEWEST = 5  # points for cubics; fewer are joined by straight lines


@dataclass(frozen=True)
class Deviation:
    """How far a signal is from its reference.

    Parameters
    ----------
    name : str
    largest : float
        Largest absolute deviation, in the signal's unit.
    at : float
        Where on the axis it is; NaN for an operating point.
    rms : float
        Root mean square of the deviation over the axis.
    size : float
        Largest magnitude of the reference.
    """

    name: str
    largest: float
    at: float
    rms: float
    size: float

    @property
    def relative(self) -> float:
        """Largest deviation, relative to the size of the reference."""
        return self.largest / self.size if self.size > 0.0 else float(self.largest > 0.0)


@dataclass(frozen=True, eq=False)
class Comparison(Tabulated):
    """Deviations of a result from a reference.

    Parameters
    ----------
    reference, other : Result
    deviations : tuple of Deviation
        The largest relative one first.
    missing : tuple of str
        Signals of the reference that the other result lacks.
    """

    reference: Result
    other: Result
    deviations: tuple[Deviation, ...]
    missing: tuple[str, ...] = ()

    @property
    def worst(self) -> float:
        """Largest relative deviation of all signals: 0 if they are the same."""
        return max((deviation.relative for deviation in self.deviations), default=0.0)

    def __str__(self) -> str:
        axis = self.reference.axis or ""
        rows = [("signal", "largest deviation", "of", f"at {axis}" if axis else "", "rms")]
        rows += [
            (
                d.name,
                f"{100.0 * d.relative:.3g} %",
                f"{d.size:.4g}",
                f"{d.at:.6g}" if axis else "",
                f"{d.rms:.3g}",
            )
            for d in self.deviations[:SHOWN]
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
            for row in rows
        ]
        if len(self.deviations) > SHOWN:
            lines.append(f"… and {len(self.deviations) - SHOWN} that deviate less")
        if self.missing:
            lines.append(f"missing: {', '.join(self.missing)}")
        return "\n".join(lines)

    __repr__ = __str__

    def to_pandas(self) -> pandas.DataFrame:
        """The deviations as a table.

        Returns
        -------
        pandas.DataFrame
            One row for each signal.
        """
        import pandas

        rows = [(d.name, d.relative, d.largest, d.at, d.rms, d.size) for d in self.deviations]
        return pandas.DataFrame(rows, columns=["signal", "relative", "largest", "at", "rms", "size"])

    def _repr_html_(self) -> str:
        return str(self.to_pandas().to_html(index=False))

    def plot(
        self,
        *names: str,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw signals of both results over each other.

        Parameters
        ----------
        *names : str
            Default: the four that deviate most.
        path : path, optional
            Where to save the picture; the suffix selects the format.
        ax, figsize, xlim, ylim : optional
            Axes (one for each signal), size [inch] and limits [SI units], as of `circuitnn.Result.plot`.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        AnalysisError
            The results have no axis to draw over.
        """
        from circuitnn.results.figure_place import Place, stacked
        from circuitnn.results.figures import axis_scale, colours, legend, save, styled

        if self.reference.axis is None:
            raise AnalysisError("operating points have no curves to draw")
        chosen = names or tuple(d.name for d in self.deviations[:DRAWN])
        place = Place(ax, figsize, xlim, ylim)
        with styled():
            figure, panels = stacked(len(chosen), 1.2 + 2.2 * len(chosen), place)
            x_scale, x_label = axis_scale(_curve_of(self.reference, self.reference.axis))
            for axes, name in zip(panels, chosen, strict=True):
                y_scale, y_label = axis_scale(_curve_of(self.reference, name))
                for result, looks, label in ((self.reference, "-", "reference"), (self.other, "--", "other")):
                    curve = _curve_of(result, name)
                    axes.plot(
                        x_scale * _axis(result),
                        y_scale * curve.values,
                        looks,
                        color=colours()[looks == "--"],
                        label=label,
                    )
                if self.reference.axis == "frequency":
                    axes.set_xscale("log")
                axes.set_ylabel(f"{name} {y_label[y_label.find('[') :]}" if "[" in y_label else name)
                legend(axes)
            panels[-1].set_xlabel(x_label)
            place.limit(panels, x_scale, y_scale)
        if path is not None:
            save(figure, path)
        return figure


def compare(
    reference: Result | str | os.PathLike[str], other: Result | str | os.PathLike[str], *names: str
) -> Comparison:
    r"""Compare two results, or a result and a file.

    Where their points differ, the curves are interpolated by monotonic cubics, which do not overshoot at edges (over
    the logarithm of frequencies), and compared at the points of both, where both have values.

    Parameters
    ----------
    reference, other : Result or path
        A path is read by `read`.
    *names : str
        Signals; default: all that both have.

    Returns
    -------
    Comparison

    References
    ----------
    F. N. Fritsch and J. Butland, "A method for constructing local monotone piecewise cubic interpolants", SIAM J. Sci.
    Stat. Comput. 5, 300 (1984), doi:10.1137/0905021.

    Raises
    ------
    AnalysisError
        The results cannot be compared: one has an axis and the other none, or they have no point in common.
    UnknownNameError
        A result lacks a signal that `names` asks for.

    Examples
    --------
    >>> import circuitnn
    >>> circuit = circuitnn.Circuit.from_text("t\nv1 a 0 1\nr1 a b 1k\nc1 b 0 1u ic=0\n.end\n")
    >>> coarse, fine = (circuit.tran("1m", tol, uic=True) for tol in ("50u", "5u"))
    >>> circuitnn.compare(fine, coarse, "v(b)").worst < 2e-3
    True
    """
    first, second = (
        result if isinstance(result, Result) else read(path_of(result, argument))
        for result, argument in ((reference, "reference"), (other, "other"))
    )
    if (first.axis is None) != (second.axis is None):
        raise AnalysisError("a result with an axis cannot be compared with one that has none")
    names = tuple(name_of(name, "names") for name in names)
    wanted = names or tuple(name for name in first.names if name != first.axis)
    missing = tuple(name for name in wanted if not _has(second, name))
    if names and missing:
        second.array(missing[0])  # says what is there
    if len(missing) == len(wanted):
        raise AnalysisError(f"the results have no signal in common: {', '.join(wanted[:SHOWN])} are missing")
    points = _points(first, second)
    deviations = [_deviation(first, second, name, points) for name in wanted if name not in missing]
    deviations.sort(key=lambda d: -d.relative)
    return Comparison(first, second, tuple(deviations), missing)


def paired(references: list[Result], others: list[Result]) -> Iterator[tuple[Result, Result | None]]:
    """Pair the results of two files: the first transient with the first transient, and so on.

    Parameters
    ----------
    references, others : list of Result

    Yields
    ------
    (Result, Result or None)
        None where the second file has no such result.
    """
    left = list(others)
    for reference in references:
        partner = next((r for r in left if r.analysis == reference.analysis), None)
        if partner is not None:
            left.remove(partner)
        yield reference, partner


def _has(result: Result, name: str) -> bool:
    try:
        result.array(name)
    except UnknownNameError:
        return False
    return True


def _curve_of(result: Result, name: str) -> Curve:
    """A signal to draw: the magnitude of phasors."""
    from circuitnn.results.figures import Curve
    from circuitnn.results.plot import kind_of

    values = _axis(result) if name == result.axis else result.array(name)
    return Curve(name, np.abs(values) if np.iscomplexobj(values) else values, kind_of(result, name))


def _axis(result: Result) -> np.ndarray:
    return np.real(result.data[:, 0])


def _points(first: Result, second: Result) -> np.ndarray | None:
    """Points of the axis at which to compare; None: the points of both are the same."""
    if len(first) == len(second) and (first.axis is None or np.array_equal(_axis(first), _axis(second))):
        return None
    if first.axis is None:
        raise AnalysisError(f"operating points of {len(first)} and {len(second)} points")
    for result in (first, second):
        if np.any(np.diff(_axis(result)) < 0.0):
            raise AnalysisError("sweeps that turn back, or are nested, are compared only point by point")
    low = max(_axis(first)[0], _axis(second)[0])
    high = min(_axis(first)[-1], _axis(second)[-1])
    both = np.union1d(_axis(first), _axis(second))
    both = both[(both >= low) & (both <= high)]
    if not len(both):
        raise AnalysisError(f"the results have no value of {first.axis} in common")
    return both


def _deviation(first: Result, second: Result, name: str, points: np.ndarray | None) -> Deviation:
    reference, values = first.array(name), second.array(name)
    axis = _axis(first) if first.axis is not None else np.full(len(first), np.nan)
    if points is not None:
        axis = points
        reference, values = (_at(result, name, points) for result in (first, second))
    apart = np.abs(values - reference)
    worst = int(np.argmax(apart)) if len(apart) else 0
    if not len(apart):
        raise AnalysisError("there are no points to compare")
    span = float(axis[-1] - axis[0]) if len(axis) > 1 and first.axis is not None else 0.0
    squares = apart**2
    mean = 0.5 * np.dot(squares[1:] + squares[:-1], np.diff(axis)) / span if span > 0.0 else np.mean(squares)
    size = float(np.max(np.abs(reference))) or float(np.max(np.abs(values)))
    return Deviation(name, float(apart[worst]), float(axis[worst]), float(np.sqrt(mean)), size)


def _at(result: Result, name: str, points: np.ndarray) -> np.ndarray:
    """A signal between the points of its result."""
    axis, values = _axis(result), result.array(name)
    if result.axis == "frequency" and axis[0] > 0.0:
        axis, points = np.log(axis), np.log(points)
    distinct = np.append(np.diff(axis) > 0.0, True)  # of two points at a jump, the later one
    axis, values = axis[distinct], values[distinct]
    if np.iscomplexobj(values):
        return _curve(axis, values.real, points) + 1j * _curve(axis, values.imag, points)
    return _curve(axis, values, points)


def _curve(axis: np.ndarray, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    if len(axis) < FEWEST:
        return np.interp(points, axis, values)
    from scipy.interpolate import PchipInterpolator

    return np.asarray(PchipInterpolator(axis, values)(points))
