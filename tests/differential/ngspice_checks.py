"""Random nonlinear circuits against ngspice: operating points, phasors and waveforms of all that a model card says."""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from pathlib import Path

import numpy as np
from device_draws import FULL
from nonlinear_oracle import Circuit as Drawn
from nonlinear_oracle import Drawer

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning
from circuitnn.results import rawfile

OPTIONS = ".options reltol=1e-6 vntol=1e-10 abstol=1e-14"
FREQUENCIES = ".ac dec 1 1k 1g"
KINDS = ("diode", "bipolar", "jfet", "mosfet1", "mosfet2", "mosfet3", "mosfet6")
NODE = 2e-5  # of an operating point [V]
PHASOR = 2e-4  # of the largest phasor
# Of MOSFETs ngspice's derivatives are not always those of its currents (see `circuitnn model mosfet2`), nor are
# those of a diode's recombination current; `nonlinear_checks.phasors` differentiates equations of its own.
SMOOTH = ("diode", "bipolar", "jfet")
WAVES = 1e-2  # of a waveform's range, and of 1 V
STOP = 1e-6


def _both(
    text: str, card: str, options: str = OPTIONS
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray] | None]:
    """What we and ngspice say, by name; nothing of ngspice where it finds no solution."""
    lines = "\n".join(["random", text, options, card, ".end", ""])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeckWarning)
        ours = Circuit.from_text(lines).run()[0]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "t.cir").write_text(lines)
        run = subprocess.run(
            ["ngspice", "-b", "-r", "t.raw", "t.cir"], cwd=folder, capture_output=True, text=True, timeout=60
        )
        raw = Path(folder) / "t.raw"
        made = rawfile.read(raw) if raw.exists() and "aborted" not in run.stdout + run.stderr else []
    theirs = {n.lower(): made[-1][n] for n in made[-1].names} if made else None
    return {n: ours[n] for n in ours.names}, theirs


def operating_point(seed: int) -> str:
    """Node voltages; where they differ, ngspice's must be a solution too."""
    drawing = Drawer(seed, FULL, KINDS).circuit()
    ours, theirs = _both(drawing.text, ".op")
    return _voltages_off(drawing, ours, theirs) if theirs else ""


def _voltages_off(drawing: Drawn, ours: dict, theirs: dict) -> str:
    wrong = []
    for n in drawing.free:
        a, b = float(np.ravel(ours[f"v({n})"])[0]), float(np.ravel(theirs[f"v({n})"])[0])
        if abs(a - b) > NODE * max(1.0, abs(a)):
            wrong.append(f"v({n}) = {a:.8g}, ngspice {b:.8g}")
    return "; ".join(wrong)


def phasors(seed: int) -> str:
    """Small signals over six decades: conductances and capacitances at a random operating point."""
    drawing = Drawer(seed, FULL, SMOOTH).circuit()
    rail, text = next(iter(drawing.rails)), drawing.text.replace("isr=1e-12", "isr=0")
    ours, theirs = _both(text.replace(f"v{rail} {rail} 0", f"v{rail} {rail} 0 ac 1 dc", 1), FREQUENCIES)
    if theirs is None:
        return ""
    names = [f"v({n})" for n in drawing.free]
    size = np.abs(np.array([theirs[n] for n in names])).max(axis=0) + 1e-12
    wrong = []
    for n in names:
        error = np.abs(ours[n] - theirs[n]) / size
        if not error.max() <= PHASOR:
            k = int(error.argmax())
            wrong.append(
                f"{n} at {np.abs(ours['frequency'][k]):g} Hz: {ours[n][k]:.6g}, ngspice {theirs[n][k]:.6g}"
            )
    return "; ".join(wrong)


def waveforms(seed: int) -> str:
    """Transients of all devices with all their charges."""
    drawing = Drawer(seed, FULL, KINDS).circuit(moving=True)
    ours, theirs = _both(drawing.text, f".tran {STOP / 200} {STOP}", ".options reltol=1e-4")
    if theirs is None or theirs["time"][-1] < STOP * (1.0 - 1e-6):
        return ""
    if _voltages_off(drawing, ours, theirs):
        return ""  # from another operating point
    if any(abs(theirs[f"v({n})"][1] - theirs[f"v({n})"][0]) > WAVES for n in drawing.free):
        return ""  # in 1e-13 s, over a picofarad: ngspice begins with charges that are not those of its start
    wrong = []
    for n in drawing.free:
        a, b = ours[f"v({n})"], np.interp(ours["time"], theirs["time"], theirs[f"v({n})"])
        error, allowed = np.abs(a - b).max(), WAVES * max(np.ptp(b), 1.0)
        if not error <= allowed:
            k = int(np.abs(a - b).argmax())
            wrong.append(f"v({n}) at {ours['time'][k]:.4g} s: {a[k]:.6g}, ngspice {b[k]:.6g}")
    return "; ".join(wrong)
