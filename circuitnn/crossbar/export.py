"""An array as a flat deck."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace

from circuitnn.crossbar.bias import Scheme
from circuitnn.crossbar.description import Array
from circuitnn.crossbar.other_temperature import at_temperature
from circuitnn.crossbar.tables import build
from circuitnn.crossbar.topology import dead_nodes
from circuitnn.crossbar.waves import Waves, waveforms
from circuitnn.errors import AnalysisError, DeckWarning, nearest
from circuitnn.flat import AnalysisCard
from circuitnn.machine.writing import whole
from circuitnn.netlist.writer import write
from circuitnn.options import IGNORED, Options, check_option
from circuitnn.units import number_of

NAN = float("nan")


def deck(
    array: Array,
    scheme: Scheme,
    path: str | os.PathLike[str] | None = None,
    waves: Waves | None = None,
    tstop: float | None = None,
    tstep: float | None = None,
    **options: float | str | bool,
) -> str:
    """The array and its bias as a deck that ngspice reads.

    Nodes are ``wI_J`` and ``bI_J``, sources at the ends ``vwlI``, ``vwrI`` (word line I, left and right),
    ``vbtJ``, ``vbbJ`` (bit line J, top and bottom), gates ``vgI``; cells ``rcI_J`` or, for compact models, the
    subcircuits ``xncI_J``.

    Parameters
    ----------
    array : Array
    scheme : Scheme
    path : path, optional
        File to write.
    waves : Pulse or mapping, optional
        As for `Crossbar.tran`.
    tstop, tstep : float, optional
        A ``.tran`` card instead of ``.op``; the default of `tstep` is a fiftieth of `tstop`. [s]
    **options
        Options for a ``.options`` card (``klu=True, reltol=1e-6``); with ``temp``, the deck is of a copy of the
        array at that temperature.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        If a time is not positive, there is a `tstep` alone, or an option is of the wrong type or out of range.
    """
    _check(options)
    array = at_temperature(array, options)
    ends = array.ends(scheme)
    moving = waveforms(ends, waves) if waves is not None else None
    circuit = build(array, ends, moving, dead=dead_nodes(array, ends), options=options).circuit
    card = AnalysisCard("op", {}) if tstop is None else _transient(tstop, tstep)
    if tstop is None and tstep is not None:
        raise AnalysisError("tstep has no effect without tstop")
    text = write(replace(circuit, analyses=(card,)))
    if path is not None:
        with whole(path) as out:
            out.write(text)
    return text


def _check(options: Mapping[str, float | str | bool]) -> None:
    """Refuse options that no simulator takes; an unknown one gives a warning."""
    for name, value in options.items():
        check_option(name, value)
        if Options.row(name) is None and name not in IGNORED:
            near = nearest(name, list(Options.table))
            message = (
                f"option {name} is written to the deck, but neither circuitnn nor ngspice knows it{near}"
            )
            warnings.warn(message, DeckWarning, stacklevel=4)


def _transient(tstop: float, tstep: float | None) -> AnalysisCard:
    stop = number_of(tstop, "tstop")
    step = stop / 50.0 if tstep is None else number_of(tstep, "tstep")
    for name, time in (("tstop", stop), ("tstep", step)):
        if not time > 0.0:
            raise AnalysisError(f"{name} = {time:g} s: must be positive")
    return AnalysisCard("tran", {"tstep": step, "tstop": stop, "tstart": 0.0, "tmax": NAN, "uic": False})
