"""Currents that ngspice's devices draw from nodes held by sources."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from circuitnn.results import rawfile


def currents(deck: Callable[[tuple[str, ...]], str], voltages: dict[str, float]) -> dict[str, float]:
    """Current that a source must give each node to hold it at its voltage, with the others held too. [A]

    Parameters
    ----------
    deck : callable
        Makes the netlist with more cards.
    voltages : dict
        Of the nodes. [V]
    """
    holders = [f"vhold_{n} {n} 0 {v:.17g}" for n, v in voltages.items()]
    with tempfile.TemporaryDirectory() as folder:
        path, raw = Path(folder, "held.cir"), Path(folder, "held.raw")
        path.write_text(deck((*holders, ".op")))
        subprocess.run(
            ["ngspice", "-b", "-r", str(raw), str(path)], capture_output=True, timeout=300, check=True
        )
        result = rawfile.read(raw)[0]
    return {n: float(result[f"i(vhold_{n})"]) for n in voltages}
