"""Head of a module: comments, disciplines, nodes, parameters, variables."""

from __future__ import annotations

import math
from collections.abc import Iterator

from circuitnn import __version__
from circuitnn.equations.verilog_a import number
from circuitnn.machine.text import lines_of
from circuitnn.models.declarations import Parameter
from circuitnn.models.reference import numbers, page_of
from circuitnn.veriloga.writing.names import Names


def heading(names: Names) -> Iterator[str]:
    """Where the module comes from: the model's page, its published numbers, the types of its cards."""
    yield f"// {names.name}: written by circuitnn {__version__} from the equations of its model {names.model.name}."
    yield "//"
    for line in lines_of(page_of(names.model)):
        yield f"// {line}".rstrip()
    for name, chosen in names.model.sets.items():
        yield "//"
        yield f"// Published numbers ({name}): {' '.join(chosen.source.split())}"
        yield f"//   {numbers(chosen.values)}"
    for kind, values in names.model.variants.items():
        if values:
            yield "//"
            yield f"// A card of type {kind} has {numbers(values)}."
    if names.m.events:
        yield "//"
        yield "// Angles grow without bounds here; the model of the package sets them back by whole turns."
    yield ""
    yield '`include "disciplines.vams"'
    yield ""


def disciplines(names: Names) -> Iterator[str]:
    """A discipline for the states of each unit and tolerance."""
    for kind, (unit, tolerance) in names.kinds().items():
        yield f"nature {kind.capitalize()}_value;"
        yield f'  units = "{unit}"; access = {kind.capitalize()}; abstol = {tolerance!r};'
        yield "endnature"
        yield f"nature {kind.capitalize()}_flow;"
        yield f'  units = "{unit}/s"; access = {kind.capitalize()}Flow; abstol = 1e-12;'
        yield "endnature"
        yield f"discipline {kind};"
        yield f"  potential {kind.capitalize()}_value; flow {kind.capitalize()}_flow;"
        yield "enddiscipline"
        yield ""


def nodes(names: Names) -> Iterator[str]:
    """Nodes, the states' among them."""
    ports = names.ports()
    yield f"  electrical {', '.join([*ports, *(names.nodes[n] for n in names.model.internal)])};"
    if names.model.control:
        yield f"  // the voltage of {names.nodes['i_control']} is the controlling current, 1 V for 1 A"
    for kind, pair in names.kinds().items():
        nodes = [names.nodes[s.name] for s in names.model.states if (s.unit, s.tolerance) == pair]
        yield f"  {kind} {', '.join(nodes)};"


def parameters(names: Names) -> Iterator[str]:
    """Parameters with ranges, units and meanings."""
    for p in (*names.given, *names.of_instance):
        words = {"desc": p.meaning, "units": p.unit, "type": "instance" if p in names.of_instance else ""}
        attributes = ", ".join(f'{k} = "{_quoted(v)}"' for k, v in words.items() if v)
        name = names.parameters[p.name]
        yield f"  (* {attributes} *)" if attributes else ""
        yield f"  parameter real {name} = {_default(names, p)}{_range(p)};"
        for alias in p.aliases:
            if alias.lower() not in names.taken:
                yield f"  aliasparam {names.free(alias)} = {name};"


def _default(names: Names, p: Parameter) -> str:
    if isinstance(p.default, str):
        return names.parameters.get(p.default) or _default(
            names,
            next(
                o for o in (*names.model.parameters, *names.model.instance_parameters) if o.name == p.default
            ),
        )
    return number(27.0 if math.isnan(p.default) else float(p.default)).text


def states(names: Names) -> Iterator[str]:
    """Variables with the values of states."""
    for s in names.model.states:
        words = {"desc": s.meaning, "units": s.unit}
        attributes = ", ".join(f'{k} = "{_quoted(v)}"' for k, v in words.items() if v)
        yield f"  (* {attributes} *) real {names.values[s.name]};"


def _range(p: Parameter) -> str:
    if p.clipped:
        return ""
    text = ""
    if math.isfinite(p.low) or math.isfinite(p.high):
        low = f"[{number(p.low).text}" if math.isfinite(p.low) else "(-inf"
        high = f"{number(p.high).text}]" if math.isfinite(p.high) else "inf)"
        text = f" from {low}:{high}"
    return text + (" exclude 0.0" if p.nonzero else "")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', "'").replace("\n", " ")


def wrapped(start: str, names: list[str]) -> Iterator[str]:
    """A list of names in lines that are not too long."""
    line = start
    for k, name in enumerate(names):
        word = name + (";" if k == len(names) - 1 else ", ")
        if len(line) + len(word) > 100:
            yield line.rstrip()
            line = " " * len(start)
        line += word
    yield line
