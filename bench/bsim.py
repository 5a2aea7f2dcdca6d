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

from bench import bsim_cards
from circuitnn import Circuit
from circuitnn.contract import ngspice_run

FREQUENCY = 1e9


def deck(
    rng: np.random.Generator,
    devices: int,
    capmod: int,
    driven: str,
    card: Callable[[np.random.Generator, str, int], str] = bsim_cards.bsim3,
) -> str:
    """Transistors with voltages of their own at all four nodes, those called `driven` with a small signal.

    Parameters
    ----------
    rng : Generator
    devices, capmod : int
    driven : {"d", "g", "b"}
    card : callable
        Writes a model card: a function of `bench.bsim_cards`.
    """
    lines = [f"* {devices} transistors, capmod {capmod}"]
    for k in range(devices):
        model = card(rng, f"m{k}", capmod)
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
    card = {"bsim3": bsim_cards.bsim3, "bsim4": bsim_cards.bsim4}[args.model]
    found = []
    for k in range(args.count):
        for driven in "dgb":
            text = deck(np.random.default_rng(args.seed + k), args.devices, args.capmod, driven, card)
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
