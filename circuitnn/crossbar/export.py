"""An array as a flat deck."""

from __future__ import annotations

import os
from dataclasses import replace

from circuitnn.crossbar.bias import Scheme
from circuitnn.crossbar.description import Array
from circuitnn.crossbar.tables import build
from circuitnn.crossbar.topology import dead_nodes
from circuitnn.crossbar.waves import Waves, waveforms
from circuitnn.flat import AnalysisCard
from circuitnn.machine.writing import whole
from circuitnn.netlist.writer import write

NAN = float("nan")


def deck(
    array: Array,
    scheme: Scheme,
    path: str | os.PathLike[str] | None = None,
    waves: Waves | None = None,
    tstop: float = NAN,
    tstep: float = NAN,
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
    tstop, tstep : float
        A ``.tran`` card instead of ``.op``. [s]
    **options
        Options for a ``.options`` card (``klu=True, reltol=1e-6``).

    Returns
    -------
    str
    """
    ends = array.ends(scheme)
    moving = waveforms(ends, waves) if waves is not None else None
    made = build(array, ends, moving, dead=dead_nodes(array, ends), options=options).circuit
    card = AnalysisCard("op", {})
    if tstop > 0.0:
        step = tstep if tstep > 0.0 else tstop / 50.0
        times = {"tstep": step, "tstop": tstop, "tstart": 0.0, "tmax": NAN, "uic": False}
        card = AnalysisCard("tran", times)
    text = write(replace(made, analyses=(card,)))
    if path is not None:
        with whole(path) as out:
            out.write(text)
    return text
