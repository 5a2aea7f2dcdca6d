"""The command ``show``: a table of what devices do at the last point of the current plot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import element
from circuitnn.elements.element import Instance
from circuitnn.errors import AnalysisError, CircuitnnError, nearest
from circuitnn.machine.text import lowered
from circuitnn.models import named
from circuitnn.netlist.alter import value_of
from circuitnn.simulation.probes import find

if TYPE_CHECKING:
    from circuitnn.control.interpreter import Interpreter

ABREAST = 3  # devices in a line, as ngspice has them in 80 columns
UNKNOWN = "?????????"
ORDER = {unit: k for k, unit in enumerate(("A", "V", "Ohm", "S", "F", "C", "W"))}
# ngspice's names of the devices that it has, too
TITLES = {
    "diode": "Diode: Junction Diode model",
    "bjt": "BJT: Bipolar Junction Transistor",
    "jfet": "JFET: Junction Field effect transistor",
    "mesfet": "MES: GaAs MESFET model",
    "mosfet1": "Mos1: Level 1 MOSfet model with Meyer capacitance model",
    "mosfet2": "Mos2: Level 2 MOSfet model with Meyer capacitance model",
    "mosfet3": "Mos3: Level 3 MOSfet model with Meyer capacitance model",
    "mosfet6": "Mos6: Level 6 MOSfet model with Meyer capacitance model",
    "switch": "Switch: Ideal voltage controlled switch",
    "switch_smooth": "Switch: Voltage controlled switch with a gradual transition",
    "cswitch": "CSwitch: Current controlled ideal switch",
    "cswitch_smooth": "CSwitch: Current controlled switch with a gradual transition",
}


def show(interpreter: Interpreter, text: str) -> None:
    """``show``, ``show d1 q : ic gm``, ``show all``: values of devices, of all or of those named or their letters."""
    asked, _, keys = lowered(text).partition(":")
    groups: dict[str, list[tuple[str, Instance]]] = {}
    options = interpreter.circuit.options()
    for name in _chosen(interpreter, asked.replace(",", " ").split()):
        instance = find(interpreter.circuit.flat, options, name)
        groups.setdefault(_title(name, instance), []).append((name, instance))
    for title, members in sorted(groups.items()):
        interpreter.say(f" {title}")
        for line in _table(interpreter, members[::-1], keys.replace(",", " ").split()):
            interpreter.say(line)


def _title(name: str, instance: Instance) -> str:
    return element(name[0]).title or TITLES.get(instance.kind, instance.kind)


def _chosen(interpreter: Interpreter, words: list[str]) -> list[str]:
    flat = interpreter.circuit.flat
    known = [name for t in flat.elements if element(t.kind).probes() for name in t.names]
    known += [name for source in flat.behavioural for name in source.names]
    known += [name for table in flat.devices for name in table.names]
    if words in ([], ["all"]):
        return [name for name in known if words or not element(name[0]).summarised]
    found = [name for word in words for name in known if word in (name, name[0])]
    if not found:
        raise AnalysisError(f"no device is called {words[0]}{nearest(words[0], known)}")
    return found


def _table(interpreter: Interpreter, members: list[tuple[str, Instance]], keys: list[str]) -> Iterator[str]:
    instance = members[0][1]
    stated = {id(probe): key for key, probe in reversed([*instance.probes.items()])}  # of synonyms the first
    rows = list(dict.fromkeys(stated[id(probe)] for probe in instance.probes.values()))
    rows.sort(key=lambda key: ORDER.get(instance.probes[key].unit, len(ORDER)))
    if keys == ["all"]:
        rows = [*_numbers(instance), *rows]
    elif keys:
        rows = keys
    elif element(members[0][0][0]).source:
        rows = ["dc", *rows]
    for first in range(0, len(members), ABREAST):
        abreast = members[first : first + ABREAST]
        yield _line("device", [name for name, _ in abreast])
        for key in rows:
            yield _line(key, [_value(interpreter, name, key) for name, _ in abreast])
        yield ""


def _line(head: str, cells: list[str]) -> str:
    return f"{head[:11]:>11}" + "".join(f" {cell:>21}" for cell in cells)


def _numbers(instance: Instance) -> list[str]:
    """Parameters of the instance."""
    if instance.linear or instance.kind == element("b").name:
        return []
    return [p.name for p in named(instance.kind).instance_parameters]


def _value(interpreter: Interpreter, name: str, key: str) -> str:
    """A value at the last point, with ngspice's six digits."""
    try:
        vector = interpreter.plots.current.vector(f"@{name}[{key}]")
    except CircuitnnError:
        try:
            vector = np.array([value_of(interpreter.circuit.flat, name, key)])
        except CircuitnnError:
            return UNKNOWN
    return f"{np.real(vector[-1]) + 0.0:g}"
