"""Methods of `Circuit` that repeat its runs: samples, corners, points of a parameter space."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray

    from circuitnn.circuit.circuit import Circuit
    from circuitnn.circuit.variants import Corner
    from circuitnn.studies import Study
    from circuitnn.studies.spaces import Space


def monte_carlo(circuit: Circuit, samples: int, analysis: str | None = None, **arguments: Any) -> Study:
    """Run the circuit many times with different random numbers; see `circuitnn.studies.monte_carlo`.

    Parameters
    ----------
    samples : int
    analysis : str, optional
        Card of the analysis; default: those of the deck.
    **arguments
        Other arguments of `circuitnn.studies.monte_carlo`.

    Returns
    -------
    Study
    """
    from circuitnn.studies import monte_carlo  # imported only when needed

    return monte_carlo(circuit, samples, analysis, **arguments)


def corners(
    circuit: Circuit, corners: Mapping[str, Corner], analysis: str | None = None, **arguments: Any
) -> Study:
    """Run the circuit at corners; see `circuitnn.studies.corners`.

    Parameters
    ----------
    corners : mapping of str to mapping
        Name of each corner → its changes; see `at_corner`.
    analysis : str, optional
        Card of the analysis; default: those of the deck.
    **arguments
        Other arguments of `circuitnn.studies.corners`.

    Returns
    -------
    Study
    """
    from circuitnn import studies

    return studies.corners(circuit, corners, analysis, **arguments)


def study(
    circuit: Circuit, space: Space, measures: Mapping[str, Any] | None = None, **arguments: Any
) -> xarray.Dataset:
    """Run the circuit at every point of a parameter space; see `circuitnn.studies.subjects.study_circuit`.

    Parameters
    ----------
    space : Space
        `circuitnn.studies.Grid`, ``MonteCarlo``, …, of parameters, elements, ``temp`` and ``seed``.
    measures : mapping of str to str or callable, optional
        Further measures besides the deck's ``.meas`` cards: name → words of a card, or a function of the results.
    **arguments
        Other arguments of `circuitnn.studies.subjects.study_circuit`.

    Returns
    -------
    xarray.Dataset
    """
    from circuitnn.studies.subjects import study_circuit

    return study_circuit(circuit, space, measures, **arguments)
