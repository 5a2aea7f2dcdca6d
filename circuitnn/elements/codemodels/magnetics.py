"""XSPICE's magnetic code models: windings, and their core.

In the magnetic circuit voltages are magnetomotive forces and currents are fluxes.
"""

from __future__ import annotations

from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateful import hysteresis
from circuitnn.elements.codemodels.stateless import through_points


def _lcouple(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A winding: magnetomotive force from its current, voltage from the rate of the flux that leaves."""
    (winding,), (force,) = ports
    turns, name = given.text("num_turns", "1"), block.name
    block.put(winding, f"-{turns}*ddt(i({name}#mmf))")
    block.put(force, f"{turns}*i({name})", "#mmf")


def _core(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """Flux as a function of the force across: along a curve B(H), or with hysteresis."""
    (port,) = ports[0]
    force = block.input(port)
    if given.choice("mode", ("1", "2")) == "2":
        block.put(port, hysteresis(block, given, force))
        return
    field = f"({force}/{given.needed('length')})"
    block.put(port, f"{given.needed('area')}*{through_points(given, field, 'h_array', 'b_array', False)}")


MODELS = {
    "lcouple": CodeModel((Pin("l", "hd"), Pin("mmf_out", "hd")), "num_turns", _lcouple),
    "core": CodeModel(
        (Pin("mc", "gd"),),
        "h_array b_array area length input_domain fraction mode in_low in_high hyst "
        "out_lower_limit out_upper_limit",
        _core,
    ),
}
