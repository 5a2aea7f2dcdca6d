"""Parameter spaces: the points of a study, as a table of named columns with one row per point."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.errors import AnalysisError
from circuitnn.machine.frozen_values import Fixed, owned
from circuitnn.machine.random_streams import LARGEST, hashed
from circuitnn.machine.user_input import flag_of, mapping_of
from circuitnn.studies.correlation import correlated, matrix_of
from circuitnn.units import whole_of

MAX_POINTS = 100_000_000


class Distribution(Protocol):
    """A distribution of one number, such as a frozen one of `scipy.stats`."""

    def ppf(self, q: np.ndarray) -> np.ndarray:
        """Quantile function."""


class Space(Fixed):
    """Points of a study.

    Parameters
    ----------
    dimensions : mapping of str to int
        Dimensions of the results and their lengths; the last one runs fastest.
    columns : mapping of str to (tuple of str, sequence)
        Name of a parameter → the dimensions it varies along, and its values in the order of these.
    seed : int, optional
        Seed of a random space.

    Raises
    ------
    AnalysisError
        If there is no point, or a column has another length than its dimension.
    """

    uneven = False  # whether points differ in which parameters they have

    def __init__(
        self,
        dimensions: Mapping[str, int],
        columns: Mapping[str, tuple[tuple[str, ...], Sequence[Any]]],
        seed: int | None = None,
    ) -> None:
        self.dimensions, self.columns, self.seed = owned(dimensions), owned(columns), seed
        self.shape = tuple(self.dimensions.values())
        if not self.dimensions or not all(self.shape):
            raise AnalysisError("a study needs at least one point")
        if len(self) > MAX_POINTS:
            raise AnalysisError(f"a study of {len(self):.2g} points: at most {MAX_POINTS}")
        for name, (along, values) in self.columns.items():
            expected = int(np.prod([self.dimensions[d] for d in along]))
            if len(values) != expected:
                raise AnalysisError(f"{name}: {len(values)} values where there are {expected} points")
        self._seal()

    def __len__(self) -> int:
        size = 1
        for length in self.shape:
            size *= length
        return size

    def __repr__(self) -> str:
        sizes = " x ".join(f"{d} {n}" for d, n in self.dimensions.items())
        return f"<{type(self).__name__} of {', '.join(self.columns)}: {sizes}>"

    def __getitem__(self, index: int) -> dict[str, Any]:
        """Parameters of one point."""
        if len(self.shape) == 1:
            point_values = {name: values[index] for name, (_, values) in self.columns.items()}
            return {name: v.item() if isinstance(v, np.generic) else v for name, v in point_values.items()}
        where = dict(zip(self.dimensions, np.unravel_index(index, self.shape), strict=True))
        point = {}
        for name, (along, values) in self.columns.items():
            place = 0
            for d in along:
                place = place * self.dimensions[d] + int(where[d])
            value = values[place]
            point[name] = value.item() if isinstance(value, np.generic) else value
        return point

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (self[k] for k in range(len(self)))

    def __mul__(self, other: Space) -> Space:
        """Every point of this space with every point of the other."""
        if self.uneven or other.uneven:
            raise AnalysisError("corners differ in their parameters and cannot be multiplied: give Points(…)")
        for kind, names, others in (
            ("dimension", self.dimensions, other.dimensions),
            ("parameter", self.columns, other.columns),
        ):
            if set(names) & set(others):
                raise AnalysisError(f"both spaces have a {kind} {min(set(names) & set(others))}")
        seed = other.seed if self.seed is None else self.seed
        return Space({**self.dimensions, **other.dimensions}, {**self.columns, **other.columns}, seed)

    def coordinates(self) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
        """Parameters as coordinates of results; values that are neither number nor text are converted to text.

        Returns
        -------
        dict of str to (tuple of str, ndarray)
            Dimensions and values of each parameter.
        """
        coordinates = {}
        for name, (along, values) in self.columns.items():
            kept = np.array([str(v) for v in values]) if _odd(values) else np.asarray(values)
            coordinates[name] = (along, kept.reshape([self.dimensions[d] for d in along]))
        return coordinates

    def write(self, group: Any) -> None:
        """Write the coordinates to a group of a record.

        Parameters
        ----------
        group : zarr.Group
        """
        group.attrs["dimensions"] = list(self.dimensions.items())
        for name, (along, values) in self.coordinates().items():
            text = values.dtype.kind == "U"
            array = group.create_array(name, shape=values.shape, dtype=str if text else values.dtype)
            array[...] = values
            array.attrs["along"] = list(along)

    @classmethod
    def read(cls, group: Any) -> Space:
        """Read a space that `write` wrote.

        Parameters
        ----------
        group : zarr.Group

        Returns
        -------
        Space
        """
        columns: dict[str, Any] = {
            name: (tuple(array.attrs["along"]), np.asarray(array[...]).ravel())
            for name, array in group.arrays()
        }
        return Space(dict(group.attrs["dimensions"]), columns)


def _odd(values: Sequence[Any]) -> bool:
    return not all(isinstance(v, (str, int, float, np.generic)) for v in values) or (
        len({isinstance(v, str) for v in values}) > 1
    )


class Grid(Space):
    """Every combination of values; the last parameter runs fastest.

    Parameters
    ----------
    **axes : sequence
        Values of each parameter; a single value is an axis of one.

    Examples
    --------
    >>> [point["n"] * point["r"] for point in Grid(n=[2, 4], r=[1.0, 10.0])]
    [2.0, 20.0, 4.0, 40.0]
    """

    def __init__(self, **axes: Any) -> None:
        values = {name: _values(axis) for name, axis in axes.items()}
        super().__init__(
            {name: len(axis) for name, axis in values.items()},
            {name: ((name,), axis) for name, axis in values.items()},
        )


class Points(Space):
    """A list of points.

    Parameters
    ----------
    **columns : sequence
        Values of each parameter, one per point; a single value holds for all points.
    """

    def __init__(self, **columns: Any) -> None:
        several = {name: _values(c) for name, c in columns.items()}
        count = max((len(c) for c in several.values()), default=0)
        super().__init__(
            {"point": count},
            {name: (("point",), c * count if len(c) == 1 else c) for name, c in several.items()},
        )


class Corners(Space):
    """Named points; parameters that a corner does not name are unchanged.

    Parameters
    ----------
    corners : mapping of str to mapping
        Name of each corner, and its parameters.
    """

    uneven = True

    def __init__(self, corners: Mapping[str, Mapping[str, Any]]) -> None:
        for name, corner in mapping_of(corners, "corners", '{"hot": {"temp": 85.0}}').items():
            mapping_of(corner, f"corners: {name}", '{"temp": 85.0}')
        self.corners = owned(corners)
        super().__init__({"corner": len(corners)}, {"corner": (("corner",), list(corners))})

    def __getitem__(self, index: int) -> dict[str, Any]:
        return dict(self.corners[super().__getitem__(index)["corner"]])


class _Distributed(Space):
    """Points whose parameters follow distributions, from points of the unit cube."""

    dimension = "sample"

    def __init__(
        self,
        unit: np.ndarray,
        distributions: Mapping[str, Distribution],
        correlation: ArrayLike | Mapping[tuple[str, str], float] | None,
        seed: int,
        seeds: bool,
    ) -> None:
        names, seeds = list(distributions), flag_of(seeds, "seeds")
        for name, distribution in distributions.items():
            if not callable(getattr(distribution, "ppf", None)):
                raise AnalysisError(f"{name}: a distribution is needed, as scipy.stats.norm(1.0, 0.1)")
        if correlation is not None:
            unit = correlated(unit, matrix_of(correlation, names))
        columns: dict[str, tuple[tuple[str, ...], Sequence[Any]]] = {}
        for k, name in enumerate(names):
            drawn = np.asarray(distributions[name].ppf(unit[:, k]))
            if not np.all(np.isfinite(drawn)):
                raise AnalysisError(f"{name}: its distribution has no finite value in some point")
            columns[name] = ((self.dimension,), drawn)  # type: ignore[assignment]
        if seeds:
            columns["seed"] = ((self.dimension,), seeds_of(seed, len(unit)))
        super().__init__({self.dimension: len(unit)}, columns, seed)


class MonteCarlo(_Distributed):
    """Random points. A larger number of samples extends a smaller one.

    Parameters
    ----------
    samples : int
    seed : int
        Other seeds give other samples.
    correlation : array_like, shape (n, n), or mapping of (str, str) to float, optional
        Correlation of all parameters in their order, or of pairs of them, in a Gaussian copula: that of normal
        variables with the same quantiles (for normal distributions, the correlation itself).
    seeds : bool
        Whether every point has its own parameter ``seed``, for randomness in the circuit or array; always true
        without distributions.
    **distributions
        Frozen distributions of `scipy.stats`.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> space = MonteCarlo(3, seed=1, r=norm(1e3, 30))
    >>> [round(point["r"]) for point in space]
    [1010, 1025, 1010]
    """

    def __init__(
        self,
        samples: int,
        *,
        seed: int = 1,
        correlation: ArrayLike | Mapping[tuple[str, str], float] | None = None,
        seeds: bool = False,
        **distributions: Distribution,
    ) -> None:
        samples = _count(samples, "samples")
        seed = checked_seed(seed)
        unit = np.random.default_rng(seed).random((samples, len(distributions)))
        super().__init__(unit, distributions, correlation, seed, flag_of(seeds, "seeds") or not distributions)


class _Sequence(_Distributed):
    """Points of a sequence of `scipy.stats.qmc`, which fills the space more evenly than independent points do."""

    name: str

    def __init__(
        self,
        samples: int,
        *,
        seed: int = 1,
        correlation: ArrayLike | Mapping[tuple[str, str], float] | None = None,
        seeds: bool = False,
        **distributions: Distribution,
    ) -> None:
        samples = _count(samples, "samples")
        if not distributions:
            raise AnalysisError(f"a {self.name} needs distributions")
        seed = checked_seed(seed)
        unit = self._unit(samples, len(distributions), seed)
        super().__init__(unit, distributions, correlation, seed, seeds)

    def _unit(self, samples: int, parameters: int, seed: int) -> np.ndarray:
        """Points in the unit cube, shape (samples, parameters)."""
        raise NotImplementedError


class LatinHypercube(_Sequence):
    """Points of a Latin hypercube (`scipy.stats.qmc`): each of n slices of each parameter holds one of n points.

    Parameters
    ----------
    samples : int
    seed, correlation, seeds, **distributions
        As for `MonteCarlo`.
    """

    name = "Latin hypercube"

    def _unit(self, samples: int, parameters: int, seed: int) -> np.ndarray:
        from scipy.stats import qmc

        return np.asarray(qmc.LatinHypercube(parameters, rng=seed).random(samples))


class Sobol(_Sequence):
    """Points of a scrambled Sobol sequence (`scipy.stats.qmc`); their number should be a power of two.

    Parameters
    ----------
    samples : int
    seed, correlation, seeds, **distributions
        As for `LatinHypercube`.
    """

    name = "Sobol sequence"

    def _unit(self, samples: int, parameters: int, seed: int) -> np.ndarray:
        from scipy.stats import qmc

        whole = 1 << (samples - 1).bit_length()
        unit = qmc.Sobol(parameters, rng=seed).random(whole)[:samples]
        # the first point of an unscrambled sequence is 0, whose quantile may be infinite; a scrambled one is near it
        return np.clip(unit, 2.0**-33, 1 - 2.0**-33)


def seeds_of(seed: int, samples: int) -> list[int]:
    """Seeds of samples: 53 bits, so that a deck can state them exactly."""
    return (hashed([seed] * samples, range(samples), 1)[:, 0] >> np.uint64(11)).tolist()


def _values(axis: Any) -> list[Any]:
    return [axis] if isinstance(axis, str) or np.ndim(axis) == 0 else list(axis)


def checked_seed(seed: int) -> int:
    """A seed of samples.

    Raises
    ------
    AnalysisError
    """
    whole = whole_of(seed, "seed")
    if not 0 <= whole < LARGEST:
        raise AnalysisError(f"seed = {seed}: must be from 0 to 2**64 - 1")
    return whole


def _count(samples: int, label: str) -> int:
    samples = whole_of(samples, label)
    if not 1 <= samples <= MAX_POINTS:
        raise AnalysisError(f"{samples} {label} make no sense")
    return samples
