"""Result of a small-signal analysis about a periodic orbit: phasors at the signal's frequency and beside harmonics."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass, field, fields, replace
from circuitnn.results.result import Result
from circuitnn.units import whole_of


@dataclass(frozen=True, eq=False, repr=False)
class SidebandResult(Result):
    """Phasors of sideband 0 over the frequency, with those of the others.

    Parameters
    ----------
    fundamental : float
        Frequency of the orbit. [Hz]
    most : int
        Highest sideband.
    others : mapping of int to Result
        The other sidebands by their numbers; a file has them as plots of their own.
    """

    fundamental: float = float("nan")
    most: int = 0
    others: Mapping[int, Result] = field(default_factory=dict)

    def sideband(self, number: int) -> Result:
        """The result of a sideband, with the same names: -1 lies one harmonic below the signal.

        Raises
        ------
        AnalysisError
            The analysis was not asked for it.
        """
        k = whole_of(number, "number")
        if k == 0:
            return self
        if k not in self.others:
            raise AnalysisError(
                f"there is no sideband {k}, only those from {-self.most} to {self.most}: ask for more sidebands"
            )
        return self.others[k]

    @property
    def findings(self) -> list[str]:
        """The orbit's frequency, and which sidebands there are."""
        if not self.fundamental > 0.0:  # of a file
            return []
        return [f"about an orbit of {self.fundamental:.10g} Hz, sidebands {-self.most} to {self.most}"]


def by_sideband(most: int, fundamental: float, result_of: Callable[[int], Result]) -> list[Result]:
    """Results of all sidebands: that of sideband 0, and behind it the others in ascending order, which `joined` joins.

    Parameters
    ----------
    most : int
        Highest sideband.
    fundamental : float
        [Hz]
    result_of : callable
        Makes the result of a sideband.
    """
    plain = result_of(0)
    attributes = {f.name: getattr(plain, f.name) for f in fields(plain)}
    first = SidebandResult(**attributes, fundamental=fundamental, most=most)
    others = [(k, result_of(k)) for k in range(-most, most + 1) if k]
    return [first, *(replace(result, plotname=f"{result.plotname} {k:+d}") for k, result in others)]


def joined(results: list[Result]) -> SidebandResult:
    """Sideband 0 with the others."""
    first, *others = results
    assert isinstance(first, SidebandResult)
    numbers = [k for k in range(-first.most, first.most + 1) if k]
    return replace(first, others=dict(zip(numbers, others, strict=True)))
