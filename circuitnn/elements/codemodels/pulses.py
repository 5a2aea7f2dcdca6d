"""XSPICE's one-shot: pulses whose width another input says.

Formulas and defaults as measured on ngspice 44. It also takes the first movement of a clock that begins beyond the
threshold for an edge.
"""

from __future__ import annotations

from circuitnn.elements.card import unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateless import lines, points

LONGEST = 1.0  # pulse at all points of pw_array, if none is longer than 0 [s]
_TIMES = ("rise_delay", "rise_time", "fall_delay", "fall_time")


def _oneshot(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A pulse after each edge of the clock; a control that is not connected counts as 0 V, nothing as no clear."""
    threshold = given.text("clk_trig", "0.5")
    unconnected = ("", "0", f"{threshold}-1")
    clock, control, clear = (
        block.input(port[0]) if port else text for port, text in zip(ports, unconnected, strict=False)
    )
    width, unit = _width(given, control)
    inputs = {"clock": clock, "width": width, "clear": clear}
    nodes = [block.follower(f"#{name}", text) for name, text in inputs.items()]
    level = block.reader.definition.inner_node(f"{block.name}#level")
    values = {key: block.reader.value(f"max({given.text(key, '1e-9')},1e-18)") for key in _TIMES}
    values["clk_trig"] = block.reader.value(unwrap(threshold))
    values |= {"unit": unit, "retrig": float(given.flag("retrig", False))}
    values["falling"] = float(not given.flag("pos_edge_trig", True))
    name = f"{block.name}#timer"
    timer = block.reader.inner_model(name, "oneshot", values, block.origin)
    row = block.reader.row("n:oneshot", name, [*nodes, level, 0], 0.0, block.origin)
    row.models.append(timer)
    low, high = given.text("out_low", "0"), given.text("out_high", "1")
    block.put(ports[3][0], f"{low}+({high}-{low})*min(max(v({block.name}#level),0),1)")


def _width(given: Given, control: str) -> tuple[str, float]:
    """Text of the width in units of the longest one of the list, and this unit; straight lines, extrapolated. [s]

    Lists of one number, as by default, stand for that width whatever the control.
    """
    controls = given.numbers("cntl_array") if "cntl_array" in given.texts else [0.0]
    widths = given.numbers("pw_array") if "pw_array" in given.texts else [1e-6]
    unit = max(widths) if max(widths) > 0.0 else LONGEST
    shares = [width / unit for width in widths]
    if len(controls) == len(shares) == 1:
        return repr(shares[0]), unit
    return lines(control, *points(given.name, "cntl_array", controls, "pw_array", shares)), unit


MODELS = {
    "oneshot": CodeModel(
        (Pin("clk"), Pin("cntl_in", optional=True), Pin("clear", optional=True), Pin("out")),
        "cntl_array pw_array clk_trig pos_edge_trig out_low out_high retrig " + " ".join(_TIMES),
        _oneshot,
    )
}
