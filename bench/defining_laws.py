"""Rewrite the elements of a deck for which ngspice deviates from their defining laws, so that it follows them.

- Corners of TABLE sources are rounded by a tenth of their segments: a table of 0 … 2000 is 50 at 0. As ``pwl()`` of
  behavioural sources they are not.
- The slopes of smooth switches have another sign in ``.ac``; those of ``exp()`` in a behavioural source are right.
- The saturation current of a bipolar transistor's collector goes by the square of its area: one of area 2 is not two in
  parallel; with ``m=`` it is.
"""

from __future__ import annotations

import re
from pathlib import Path

FAR = "1e9"  # beyond the ends of all tables, which continue horizontally
_INCLUDE = re.compile(r"(?i)^\s*\.(?:include|inc|lib)\s+[\"']?([^\"']+?)[\"']?\s*$")
_TABLE = re.compile(r"(?i)^([eg]\S*)\s+(\S+)\s+(\S+)\s+table\s*\{([^}]*)\}\s*=?\s*(.*)$")
_MODEL = re.compile(r"(?i)^\.model\s+(\S+)\s+vswitch\b(.*)$")
_SWITCH = re.compile(r"(?i)^(s\S*)\s+(\S+)\s+(\S+)\s+\(?([^\s(),]+)[\s,]+([^\s(),]+)\)?\s+(\S+)\s*$")
_BIPOLAR = re.compile(r"(?i)^(q\S*(?:\s+\S+){3,4}\s+[a-z]\S*)\s+([\d.]+)\s*$")
_RESISTOR = re.compile(r"(?i)^(r\S*\s+\S+\s+\S+\s+)(?:\{([^{}]+)\}|([\d.]+(?:e[-+]?\d+)?[munpf]?))\s*$")
_SIGNAL = re.compile(r"(?i)([vi]\([^()]*\))|\b([a-z_]\w*)\b(?!\s*\()")
THIN = 1e-6  # Ohm
# PSPICE's defaults of a VSWITCH.
DEFAULTS = {"ron": "1", "roff": "1e6", "von": "1", "voff": "0"}


def rewritten(text: str) -> str:
    """The deck with its files inlined, and tables, smooth switches and areas of bipolar transistors by their laws.

    Parameters
    ----------
    text : str
        A deck whose files have absolute paths.
    """
    title, _, rest = text.partition("\n")
    lines = _joined(_inlined(rest.splitlines()))
    owners = _owners(lines)
    switches: dict[tuple[str, str], dict[str, str]] = {}
    for line, owner in zip(lines, owners, strict=True):
        model = _MODEL.match(line)
        if model:
            switches[owner, model[1].lower()] = _numbers(model[2])
    return "\n".join(
        [title, *(_as_source(line, owner, switches) for line, owner in zip(lines, owners, strict=True))]
    )


def thickened(text: str, resistance: float) -> str:
    """The deck with its files inlined, and resistors below 1 µOhm raised to another resistance. [Ohm]"""
    title, _, rest = text.partition("\n")
    lines = _joined(_inlined(rest.splitlines()))
    return "\n".join([title, *(_at_least(line, resistance) for line in lines)])


def _at_least(line: str, resistance: float) -> str:
    found = _RESISTOR.match(line)
    if found is None:
        return line
    value = found[2] or found[3]
    return f"{found[1]}{{({value}) < {THIN:g} ? {resistance:g} : ({value})}}"


def _owners(lines: list[str]) -> list[str]:
    """The subcircuit of each card."""
    found, within = [], [""]
    for line in lines:
        words = line.lower().split()
        if words[0] == ".subckt" and len(words) > 1:
            within.append(words[1])
        elif words[0] == ".ends" and len(within) > 1:
            within.pop()
        found.append(within[-1])
    return found


def _inlined(lines: list[str]) -> list[str]:
    found = []
    for line in lines:
        file = _INCLUDE.match(line)
        found += Path(file[1]).read_bytes().decode("latin-1").splitlines() if file else [line]
    return found


def _joined(lines: list[str]) -> list[str]:
    """Cards without comments, each on one line."""
    found: list[str] = []
    for line in lines:
        card = re.split(r"\s;|;\s", line.rstrip())[0]
        if not card.strip() or card.lstrip()[0] == "*":
            continue
        if card[0] == "+" and found:
            found[-1] += " " + card[1:]
        else:
            found.append(card)
    return found


def _as_source(line: str, owner: str, switches: dict[tuple[str, str], dict[str, str]]) -> str:
    table = _TABLE.match(line)
    if table:
        ends = re.findall(r"\{[^}]*\}|[^\s(),]+", table[5])  # vendors forget brackets: (0 0 (1 10)
        points = [ends[k : k + 2] for k in range(0, len(ends), 2)]
        points = [[f"-{FAR}", points[0][1]], *points, [FAR, points[-1][1]]]
        law = f"pwl({_braced(table[4])},{','.join(','.join(point) for point in points)})"
        return f"b{table[1]} {table[2]} {table[3]} {'v' if table[1][0] in 'eE' else 'i'}={law}"
    bipolar = _BIPOLAR.match(line)
    if bipolar:
        return f"{bipolar[1]} m={bipolar[2]}"
    switch = _SWITCH.match(line)
    if switch is None:
        return line
    name, plus, minus, high, low, model = switch.groups()
    numbers = switches.get((owner, model.lower())) or switches.get(("", model.lower()))
    if numbers is None:
        return line
    return f"b{name} {plus} {minus} i={_conductance(high, low, numbers)}*v({plus},{minus})"


def _conductance(high: str, low: str, of: dict[str, str]) -> str:
    """PSPICE's law: the logarithm of the resistance is a cubic of the control between voff and von."""
    middle, width = f"({{({of['von']}+{of['voff']})/2}})", f"({{{of['von']}-{of['voff']}}})"
    u = f"max(-0.5,min(0.5,(v({high},{low})-{middle})/{width}))"
    mean, ratio = f"({{ln({of['ron']}*{of['roff']})/2}})", f"({{ln({of['ron']}/{of['roff']})}})"
    return f"exp(-({mean}+{ratio}*(1.5*{u}-2*{u}*{u}*{u})))"


def _numbers(words: str) -> dict[str, str]:
    """Parameters of a model card as bracketed expressions."""
    given = re.findall(r"(?i)\b(ron|roff|von|voff)\s*=\s*(\{[^}]*\}|[^\s,()]+)", words)
    return DEFAULTS | {name.lower(): f"({value.strip('{}')})" for name, value in given}


def _braced(expression: str) -> str:
    """An expression with its parameters in braces, as ngspice needs them in behavioural sources."""
    return _SIGNAL.sub(lambda m: m[1] or f"{{{m[2]}}}", expression)
