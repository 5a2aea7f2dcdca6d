"""Run one deck in libngspice, through PySpice, inside a worker process."""

from __future__ import annotations

import ctypes.util
import os
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

Fouriers = Sequence[tuple[float, tuple[str, ...]]]


def run(path: str, fouriers: Fouriers) -> dict[str, Any]:
    """Run a deck in libngspice; return plain data."""
    import logging

    logging.disable(logging.CRITICAL)
    shared = _shared_library()
    os.chdir(Path(path).parent)
    for leftover in ("destroy all", "remcirc"):  # a deck that failed leaves its circuit behind
        with suppress(Exception):
            shared.exec_command(leftover)
    shared.clear_output()
    text = Path(path).read_text()
    start = time.perf_counter()
    shared.load_circuit(text)
    shared.exec_command("run")
    seconds = time.perf_counter() - start
    stdout = str(shared.stdout)
    usage = str(shared.exec_command("rusage all"))
    plots = [_plain(shared, name) for name in reversed(shared.plot_names) if name != "const"]
    if not plots:
        raise RuntimeError("no plot came back")
    # Last: it adds plots, of whose tables PySpice's reader crashes.
    fourier = [shared.exec_command(f"fourier {f!r} {' '.join(signals)}") for f, signals in fouriers]
    return {
        "plots": plots,
        "stdout": stdout,
        "seconds": seconds,
        "usage": usage,
        "fourier": "\n".join(fourier),
    }


_library: Any = None


def _shared_library() -> Any:
    """PySpice's wrapper with its classification of messages corrected (only here).

    PySpice 1.5 treats every line on stderr that does not begin with ``Warning:`` as a failed
    command, and also every line on stdout that contains "error". ngspice 42 and later
    write harmless notes there ("Note: No compatibility mode selected!", progress of gmin
    stepping, "Using SPARSE 1.3 …"), so good runs would raise NgSpiceCommandError. Here a line
    counts as an error only where ngspice itself says "error" or "fatal" at its start, or that
    the run was aborted.
    """
    global _library
    if _library is not None:
        return _library
    from PySpice.Spice.NgSpice.Shared import NgSpiceShared

    bad = re.compile(r"^\s*(fatal )?error\b|simulation\(s\) aborted|no such vector", re.IGNORECASE)

    class Patient(NgSpiceShared):
        def send_char(self, message: str, ngspice_id: int) -> int:
            _, _, content = message.partition(" ")
            verdict = bool(bad.search(content))
            # the caller has just set these two from its own rules
            self._error_in_stderr = self._told or verdict
            self._error_in_stdout = False
            self._told = self._error_in_stderr
            return 0

        def clear_output(self) -> None:
            self._told = False
            super().clear_output()

        _told = False

    # Debian ships the bare name in the -dev package only.
    found = ctypes.util.find_library("ngspice")
    if found:
        NgSpiceShared.LIBRARY_PATH = found
    _library = Patient.new_instance()
    return _library


def _plain(shared: Any, name: str) -> dict[str, Any]:
    """One plot as names and arrays, with its title and plot name."""
    plot = shared.plot(None, name)
    vectors = {key: np.asarray(vector._data) for key, vector in plot.items()}
    if not any(np.any(np.imag(values)) for values in vectors.values()) and not name.startswith(("ac", "pz")):
        vectors = {key: np.real(values) for key, values in vectors.items()}
    return {"name": name, "vectors": vectors}
