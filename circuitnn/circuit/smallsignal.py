"""The small-signal verbs of a `Circuit`: its methods ``ac``, ``noise``, ``tf``, ``sens``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.circuit.builder import Value
from circuitnn.errors import AnalysisError
from circuitnn.machine.text import lowered
from circuitnn.netlist.frequencies import frequencies
from circuitnn.results.result import Result
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit


def ac(
    circuit: Circuit,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: object,
) -> Result:
    """Small-signal response to the sources' ac values; see `circuitnn.analyses.ac`.

    Parameters
    ----------
    start, stop : float or str
        Frequencies; one only without `stop`. [Hz]
    points : int
        A decade (``"dec"``, spaced so that the last one is at `stop`), an octave (``"oct"``), or in all (``"lin"``).
    variation : {"dec", "oct", "lin"}
    **options
        Options, as ``reltol=1e-6``.

    Returns
    -------
    Result
        Complex; ``vdb(out)``, ``vm(out)``, ``vp(out)`` are decibels, magnitude and phase [rad].
    """
    from circuitnn.analyses import ac as analysis

    at = _frequencies(start, stop, points, variation, stretched=True)
    return circuit._finish(analysis.ac(circuit.flat, at, circuit.options(**options)))


def noise(
    circuit: Circuit,
    output: str | tuple[str, str],
    source: str,
    start: Value,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: object,
) -> tuple[Result, Result]:
    """Noise at an output, and referred to a source; see `circuitnn.analyses.noise`.

    Parameters
    ----------
    output : str or (str, str)
        Node, or two nodes.
    source : str
    start, stop, points, variation
        Frequencies as of `ac`.
    **options
        Options, as ``temp=100``.

    Returns
    -------
    spectrum, total : Result
        Roots of densities [V/√Hz] and of their integrals [V].
    """
    from circuitnn.analyses import noise as analysis

    nodes = (output, "0") if isinstance(output, str) else output
    at = _frequencies(start, stop, points, variation)
    spectrum, total = analysis.noise(circuit.flat, nodes, lowered(source), at, circuit.options(**options))
    return circuit._finish(spectrum), circuit._finish(total)


def tf(circuit: Circuit, output: str | tuple[str, str], source: str, **options: object) -> Result:
    """Gain from a source to an output, and the resistances at both; see `circuitnn.analyses.tf.tf`.

    Parameters
    ----------
    output : str or (str, str)
        Node, two nodes, or ``"i(v1)"``: the current of a voltage source.
    source : str
    **options
        Options.

    Returns
    -------
    Result
    """
    from circuitnn.analyses import tf as analysis

    return circuit._finish(
        analysis.tf(circuit.flat, _output(output), lowered(source), circuit.options(**options))
    )


def sens(
    circuit: Circuit,
    output: str | tuple[str, str],
    start: Value | None = None,
    stop: Value | None = None,
    points: int = 20,
    variation: str = "dec",
    **options: object,
) -> Result:
    """Derivatives of an output by all element values and parameters; see `circuitnn.analyses.sens.sens`.

    Parameters
    ----------
    output : str or (str, str)
        Node, two nodes, or ``"i(v1)"``: the current of a voltage source.
    start, stop, points, variation
        Frequencies as of `ac`; without, the operating point's derivatives.
    **options
        Options.

    Returns
    -------
    Result
        ``r1``, ``v1``, ``e1_gain``, ``d1:is``, ``d1_area``.
    """
    from circuitnn.analyses import sens as analysis

    at = None if start is None else _frequencies(start, stop, points, variation)
    return circuit._finish(analysis.sens(circuit.flat, _output(output), circuit.options(**options), at))


def pz(
    circuit: Circuit,
    source: str | tuple[str, str],
    output: str | tuple[str, str],
    drive: str = "vol",
    wanted: str = "pz",
    **options: object,
) -> Result:
    """Poles and zeros of a transfer function; see `circuitnn.analyses.pz.pz`.

    Parameters
    ----------
    source, output : str or (str, str)
        Node, or two nodes.
    drive : {"vol", "cur"}
        What comes in.
    wanted : {"pz", "pol", "zer"}
    **options
        Options.

    Returns
    -------
    Result
        ``pole(1)``, …, ``zero(1)``, …. [rad/s]
    """
    from circuitnn.analyses import pz as analysis

    nodes = [(n, "0") if isinstance(n, str) else n for n in (source, output)]
    return circuit._finish(
        analysis.pz(circuit.flat, nodes[0], nodes[1], circuit.options(**options), drive, wanted)
    )


def _output(output: str | tuple[str, str]) -> str | tuple[str, str]:
    if isinstance(output, tuple):
        return output
    return lowered(output)[2:-1] if lowered(output).startswith("i(") else (output, "0")


def _frequencies(
    start: Value, stop: Value | None, points: int, variation: str, stretched: bool = False
) -> np.ndarray:
    first = number_of(start, "start")
    last = first if stop is None else number_of(stop, "stop")
    try:
        return frequencies(variation, whole_of(points, "points"), first, last, stretched)
    except ValueError as error:
        raise AnalysisError(str(error)) from None
