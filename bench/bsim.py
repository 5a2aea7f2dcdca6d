"""BSIM3 and BSIM4 compared with ngspice: random cards, sizes, temperatures and voltages; currents, admittances, noise.

    python -m bench.bsim [--count N] [--seed S] [--devices D] [--capmod K] [--model bsim4]

Each round is one deck of D transistors with a card each. Currents are compared at the operating point, admittances from
gates, drains and bulks at 1 GHz (real and imaginary parts), each relative to the largest of its transistor.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
import warnings
from collections.abc import Callable

import numpy as np

from circuitnn import Circuit
from circuitnn.contract import ngspice_run

FREQUENCY = 1e9

# Ranges of parameters on cards of 0.13 to 0.5 µm processes.
RANGES: dict[str, tuple[float, float]] = {
    "tox": (2.5e-9, 1.2e-8),
    "xj": (5e-8, 2e-7),
    "nch": (1e17, 9e17),
    "k1": (0.35, 0.8),
    "k2": (-0.08, 0.05),
    "k3": (-2.0, 80.0),
    "k3b": (-2.0, 5.0),
    "w0": (1e-8, 5e-6),
    "nlx": (1e-9, 2e-7),
    "dvt0": (0.0, 5.0),
    "dvt1": (0.2, 1.2),
    "dvt2": (-0.2, 0.1),
    "dvt0w": (0.0, 0.3),
    "dvt1w": (1e5, 6e6),
    "dvt2w": (-0.05, 0.05),
    "ua": (-2e-9, 3e-9),
    "ub": (5e-19, 4e-18),
    "uc": (-6e-11, 6e-11),
    "vsat": (6e4, 1.6e5),
    "a0": (0.6, 2.0),
    "ags": (0.0, 0.6),
    "b0": (-1e-7, 1e-6),
    "b1": (0.0, 1e-6),
    "keta": (-0.05, 0.02),
    "a1": (0.0, 0.02),
    "a2": (0.4, 1.0),
    "rdsw": (0.0, 900.0),
    "prwg": (-0.1, 0.4),
    "prwb": (-0.2, 0.1),
    "wr": (0.9, 1.0),
    "wint": (0.0, 3e-8),
    "lint": (-1e-8, 4e-8),
    "dwg": (-2e-8, 1e-8),
    "dwb": (-1e-8, 2e-8),
    "voff": (-0.15, -0.05),
    "nfactor": (0.5, 2.2),
    "cit": (0.0, 1e-4),
    "cdsc": (0.0, 1e-3),
    "cdscd": (0.0, 1e-4),
    "cdscb": (-1e-4, 1e-4),
    "eta0": (0.0, 0.1),
    "etab": (-0.1, 0.0),
    "dsub": (0.0, 0.8),
    "pclm": (0.3, 2.5),
    "pdiblc1": (0.0, 1.0),
    "pdiblc2": (1e-6, 0.01),
    "pdiblcb": (-0.5, 0.1),
    "drout": (0.1, 1.0),
    "pscbe1": (1e8, 8e10),
    "pscbe2": (1e-10, 1e-5),
    "pvag": (0.0, 2.0),
    "delta": (0.005, 0.05),
    "alpha0": (0.0, 1e-6),
    "alpha1": (0.0, 1.0),
    "beta0": (10.0, 30.0),
    "ngate": (5e19, 5e20),
    "ute": (-2.0, -1.0),
    "kt1": (-0.4, -0.1),
    "kt1l": (-1e-8, 1e-8),
    "kt2": (-0.04, 0.04),
    "ua1": (1e-10, 5e-9),
    "ub1": (-8e-18, -1e-19),
    "uc1": (-6e-11, 6e-11),
    "at": (1e4, 5e4),
    "prt": (-50.0, 50.0),
    "cgso": (0.0, 8e-10),
    "cgdo": (0.0, 8e-10),
    "cgbo": (0.0, 1e-12),
    "cgsl": (0.0, 3e-10),
    "cgdl": (0.0, 3e-10),
    "ckappa": (0.1, 1.0),
    "cf": (0.0, 1e-10),
    "clc": (1e-8, 2e-7),
    "cle": (0.4, 1.0),
    "dlc": (0.0, 4e-8),
    "dwc": (0.0, 4e-8),
    "vfbcv": (-1.2, -0.6),
    "acde": (0.4, 1.5),
    "moin": (8.0, 18.0),
    "noff": (0.8, 1.5),
    "voffcv": (-0.1, 0.1),
    "cj": (1e-4, 2e-3),
    "cjsw": (1e-10, 8e-10),
    "cjswg": (1e-10, 8e-10),
    "mj": (0.2, 0.6),
    "mjsw": (0.1, 0.6),
    "mjswg": (0.1, 0.6),
    "pb": (0.5, 1.0),
    "pbsw": (0.5, 1.0),
    "pbswg": (0.5, 1.0),
    "js": (1e-8, 1e-3),
    "jsw": (0.0, 1e-10),
    "nj": (1.0, 1.3),
    "xti": (2.0, 4.0),
    "ijth": (0.0, 0.1),
    "tcj": (0.0, 1e-3),
    "tpb": (0.0, 2e-3),
    "tcjsw": (0.0, 1e-3),
    "tpbsw": (0.0, 2e-3),
    "tcjswg": (0.0, 1e-3),
    "tpbswg": (0.0, 2e-3),
    "rsh": (1.0, 20.0),
    "ll": (-1e-15, 1e-15),
    "lw": (-1e-15, 1e-15),
    "lwl": (-1e-21, 1e-21),
    "wl": (-1e-15, 1e-15),
    "ww": (-1e-15, 1e-15),
    "wwl": (-1e-21, 1e-21),
    "xl": (-2e-8, 2e-8),
    "xw": (-2e-8, 2e-8),
    "toxm": (2.5e-9, 1.2e-8),
    "xt": (1e-7, 2e-7),
    "nsub": (1e16, 1e17),
    "vbm": (-5.0, -2.0),
    "lvth0": (-0.01, 0.01),
    "wvth0": (-0.01, 0.01),
    "pvth0": (-0.003, 0.003),
    "lua": (-1e-10, 1e-10),
    "wu0": (-1e-3, 1e-3),
    "pvsat": (-1e3, 1e3),
    "lk1": (-0.02, 0.02),
    "wnfactor": (-0.05, 0.05),
    "lcf": (-1e-11, 1e-11),
    "tnom": (20.0, 30.0),
}


def card(rng: np.random.Generator, name: str, capmod: int, share: float = 0.5) -> str:
    """A model card that gives a random share of the parameters.

    Parameters
    ----------
    rng : Generator
    name : str
    capmod : int
    share : float
    """
    kind = rng.choice(["nmos", "pmos"])
    sign = 1.0 if kind == "nmos" else -1.0
    given = {k: rng.uniform(*span) for k, span in RANGES.items() if rng.random() < share}
    if rng.random() < 0.8:
        given["vth0"] = sign * rng.uniform(0.3, 0.9)
    elif rng.random() < 0.5:
        given["vfb"] = rng.uniform(-1.2, -0.6)
    if rng.random() < 0.8:
        given["u0"] = rng.uniform(250.0, 500.0) if sign > 0 else rng.uniform(60.0, 150.0)
    if rng.random() < 0.2:
        given |= (
            {"mobmod": 2.0}
            if rng.random() < 0.5
            else {"mobmod": 3.0, "uc": rng.uniform(-0.05, 0.0), "uc1": -0.05}
        )
        if given["mobmod"] == 3.0:
            given.pop("ua1", None)
    given["xpart"] = float(rng.choice([0.0, 0.5, 1.0]))
    given["capmod"] = float(capmod)
    words = " ".join(f"{key}={value:.8g}" for key, value in given.items())
    return f".model {name} {kind}(level={rng.choice([8, 49])} version=3.3.0 {words})"


def deck(
    rng: np.random.Generator,
    devices: int,
    capmod: int,
    driven: str,
    made: Callable[[np.random.Generator, str, int], str] = card,
) -> str:
    """Transistors with voltages of their own at all four nodes, those called `driven` with a small signal.

    Parameters
    ----------
    rng : Generator
    devices, capmod : int
    driven : {"d", "g", "b"}
    made : callable
        Function that writes a card, as `card` does.
    """
    lines = [f"* {devices} transistors, capmod {capmod}"]
    for k in range(devices):
        model = made(rng, f"m{k}", capmod)
        p = 1.0 if "nmos" in model else -1.0
        level = {
            "d": rng.uniform(-2.5, 2.5),
            "g": rng.uniform(-1.0, 3.0),
            "b": rng.uniform(-2.5, 0.5),
            "s": 0.0,
        }
        if rng.random() < 0.5:
            level["b"] = min(level["b"], 0.3 + min(level["d"], 0.0))
        for node, value in level.items():
            small = " ac 1" if node == driven else ""
            lines.append(f"v{node}{k} {node}{k} 0 dc {p * value:.8g}{small}")
        length, width = 10 ** rng.uniform(-6.8, -5.0), 10 ** rng.uniform(-6.5, -4.5)
        size = f"l={length:.5g} w={width:.5g}"
        if rng.random() < 0.7:
            a, b = rng.uniform(1e-7, 1e-6, 2)
            size += f" ad={width * a:.5g} as={width * b:.5g} pd={rng.uniform(0.3, 2.5) * width:.5g} ps={2 * width:.5g}"
            size += f" nrd={rng.uniform(0.1, 1):.3g} nrs={rng.uniform(0.1, 1):.3g}"
        if rng.random() < 0.2:
            size += f" m={rng.integers(2, 5)}"
        if rng.random() < 0.2:
            size += f" delvto={rng.uniform(-0.1, 0.1):.4g} mulu0={rng.uniform(0.8, 1.2):.4g}"
        lines += [f"m{k} d{k} g{k} s{k} b{k} m{k} {size}", model]
    lines += [
        f".temp {rng.uniform(-40, 125):.4g}",
        ".options reltol=1e-9 abstol=1e-18 vntol=1e-12 gmin=1e-15",
    ]
    lines += [".op", f".ac lin 1 {FREQUENCY:g} {FREQUENCY:g}", ".end"]
    return "\n".join(lines)


def compare(text: str, devices: int) -> tuple[np.ndarray, np.ndarray]:
    """Largest differences of currents, and of real and imaginary parts of admittances, of each transistor.

    Parameters
    ----------
    text : str
    devices : int

    Returns
    -------
    ndarray, shape (devices,)
        Of currents, over the largest of the transistor.
    ndarray, shape (2, devices)
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = Circuit.from_text(text).run()
    theirs = sorted(ngspice_run.run(text), key=lambda r: bool(np.iscomplexobj(r["i(vd0)"])))
    mine, other = (
        [np.array([[np.ravel(r[f"i(v{n}{k})"])[0] for n in "dgsb"] for k in range(devices)]) for r in results]
        for results in (ours, theirs)
    )
    scale = np.abs(other[0]).max(axis=1)
    currents = np.abs(mine[0] - other[0]).max(axis=1) / (scale + 1e-9)
    parts = []
    for part in (np.real, np.imag):
        a, b = part(mine[1]), part(other[1])
        parts.append(
            np.abs(a - b).max(axis=1) / (np.abs(b).max(axis=1) + (1e-12 if part is np.real else 1e-9))
        )
    return currents, np.array(parts)


def values(text: str, devices: int, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Values of transistors at the operating point, here and in ngspice.

    Parameters
    ----------
    text : str
        Of `deck`.
    devices : int
    names : tuple of str

    Returns
    -------
    ndarrays, shape (devices, names)
    """
    every = [[f"@m{k}[{name}]" for name in names] for k in range(devices)]
    lines = [line for line in text.splitlines() if not line.startswith((".op", ".ac", ".end"))]
    printed = "\n".join(f"print {' '.join(row)}" for row in every)
    control = "\n".join([*lines, ".control", "set numdgt=12", "op", printed, ".endc", ".end"])
    with tempfile.TemporaryDirectory() as folder:  # ngspice leaves a log in it
        command = ["ngspice", "-n", "-b"]
        done = subprocess.run(
            command, input=control, cwd=folder, capture_output=True, text=True, timeout=300, check=False
        )
    told = {m[1]: float(m[2]) for m in re.finditer(r"(@m\d+\[\w+\]) = (\S+)", done.stdout)}
    saved = ".save " + " ".join(name for row in every for name in row)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = Circuit.from_text("\n".join([*lines, saved, ".op", ".end"])).run()[0]
    ours = np.array([[float(np.ravel(result[name])[0]) for name in row] for row in every])
    return ours, np.array([[told[name] for name in row] for row in every])


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--devices", type=int, default=50)
    parser.add_argument("--capmod", type=int, default=2)
    parser.add_argument("--model", choices=("bsim3", "bsim4"), default="bsim3")
    args = parser.parse_args()
    if args.model == "bsim4":
        from bench.bsim4 import card as made
    else:
        made = card
    found = []
    for k in range(args.count):
        for driven in "dgb":
            text = deck(np.random.default_rng(args.seed + k), args.devices, args.capmod, driven, made)
            currents, parts = compare(text, args.devices)
            found.append([currents, *parts])
            worst = int(np.argmax(np.max(found[-1], axis=0)))
            print(
                f"seed {args.seed + k} {driven}: worst m{worst}: "
                + " ".join(f"{x[worst]:.2g}" for x in found[-1])
            )
    every = np.concatenate([np.array(f) for f in found], axis=1)
    for name, values in zip(("current", "conductance", "capacitance"), every, strict=True):
        print(
            f"{name}: median {np.median(values):.2g}, 99 % {np.quantile(values, 0.99):.2g}, worst {values.max():.2g}"
        )


if __name__ == "__main__":
    main()
