"""Modules that tests write, and circuits of one device."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from circuitnn import Circuit, load_models
from circuitnn.veriloga.library import read_text

HEAD = '`include "disciplines.vams"\n`include "constants.vams"\n'


def two_terminal(body: str, declarations: str = "", name: str = "dut") -> str:
    """A module of two terminals p and n."""
    return (
        f"{HEAD}module {name}(p, n);\n  inout p, n;\n  electrical p, n;\n{declarations}\n"
        f"  analog begin\n{body}\n  end\nendmodule\n"
    )


def load(text: str, folder: Path) -> None:
    """Make the modules of a text usable."""
    path = folder / "model.va"
    path.write_text(text)
    load_models(path)


def current(
    text: str, folder: Path, voltage: float = 1.0, card: str = "", options: str = "", instance: str = ""
) -> float:
    """Current through a device of two terminals at a voltage."""
    load(text, folder)
    deck = f"t\nv1 a 0 {voltage!r}\nn1 a 0 m {instance}\n.model m dut {card}\n"
    deck += f".options reltol=1e-9 abstol=1e-15 {options}\n.op\n.end\n"
    (op,) = Circuit(deck).run()
    return -float(op["i(v1)"])


def value(expression: str, folder: Path, declarations: str = "", before: str = "") -> float:
    """Value of an expression of the language; the device carries so many amperes."""
    return current(two_terminal(f"{before}\nI(p, n) <+ {expression};", declarations), folder, 0.25)


def problems(text: str) -> list[str]:
    """Faults of a text: sentences with place."""
    from circuitnn.veriloga.source import VerilogAError

    try:
        read_text(text, "model.va")
    except VerilogAError as error:
        return [f"{p.place.line}:{p.place.column}: {p.message}" for p in error.problems]
    return []


def close(a: float, b: float, tolerance: float = 1e-9) -> bool:
    """Whether two numbers agree."""
    return bool(np.isclose(a, b, rtol=tolerance, atol=1e-14))
