"""The commands ``show`` and ``showmod``: tables of devices and of their models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.device_values.tables import DeviceTables
from circuitnn.elements import element
from circuitnn.errors import nearest
from circuitnn.machine.text import lowered

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter


def show(interpreter: Interpreter, text: str) -> None:
    """``show``, ``show d1 q #mymodel : ic gm``, ``show all``: values of all devices, or by name, letter or model."""
    asked, _, keys = lowered(text).partition(":")
    tables = _tables(interpreter)
    chosen = _chosen(interpreter, tables, asked)
    for line in tables.devices(chosen, keys.replace(",", " ").split()):
        interpreter.say(line)


def showmod(interpreter: Interpreter, text: str) -> None:
    """``showmod``, ``showmod q1 d #mymodel``: parameters of the models of devices, chosen as for ``show``."""
    tables = _tables(interpreter)
    chosen = _chosen(interpreter, tables, lowered(text))
    lines = [*tables.models(chosen)]
    for line in lines or (["No matching models"] if chosen else []):
        interpreter.say(line)


def _tables(interpreter: Interpreter) -> DeviceTables:
    plot = interpreter.plots.current
    return DeviceTables(interpreter.circuit, plot.vector, plot.result)


def _chosen(interpreter: Interpreter, tables: DeviceTables, text: str) -> list[str]:
    words = text.replace(",", " ").split()
    if words == ["all"]:
        return tables.names
    if not words:
        return [n for n in tables.names if not element(n[0]).summarised]
    devices = [
        name
        for word in words
        for name in (
            tables.modelled(word[1:]) if word[0] == "#" else [n for n in tables.names if word in (n, n[0])]
        )
    ]
    if not devices:  # as in ngspice
        interpreter.say("No matching instances or models")
        interpreter.warn(f"no device is called {words[0]}{nearest(words[0], tables.names)}")
    return devices
