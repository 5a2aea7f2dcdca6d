"""The logic of a flat circuit as cards of ngspice's digital code models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.elements.card import digits
from circuitnn.logic import code_models
from circuitnn.logic.code_model import number
from circuitnn.netlist.nets import ALONE, SUPPLY, is_soft

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.logic.code_model import CodeModel, Setting, Settings
    from circuitnn.logic.connected import LogicCircuit, LogicPart

_TRUTHS = frozenset(("inertial_delay",))  # parameters that are true or false


def cards(circuit: FlatCircuit) -> Iterator[str]:
    """Cards of all parts, and a model card for each distinct set of parameters.

    Automatic bridges are left out: ngspice inserts its own in the same places.
    """
    logic = circuit.logic
    if logic is None:
        return
    models: dict[str, str] = {}
    for part in logic.parts:
        if part.automatic:
            continue
        model = code_models()[part.model]
        text = f"{part.model}({' '.join(_given(model, part.settings))})"
        if text not in models:
            models[text] = f"logic{len(models)}"
            yield f".model {models[text]} {text}"
        yield f"{part.name} {' '.join(_ports(part, model, logic, circuit.node_names))} {models[text]}"
    for part in logic.parts:
        if part.automatic:
            supply = 2.0 * number(part.settings, "in_low" if part.nodes else "out_undef")
            if supply != SUPPLY:
                yield f".param vcc={digits(supply)}"
            return


def bridge_sources(circuit: FlatCircuit) -> frozenset[str]:
    """Names of the sources that bridges added to the circuit; not written, as ngspice's bridges replace them."""
    parts = circuit.logic.parts if circuit.logic is not None else ()
    soft = (f"{part.name}:{k}" for part in parts if is_soft(part) for k in range(len(part.nodes)))
    return frozenset((ALONE, *soft, *(source for part in parts for source in part.sources)))


def _ports(part: LogicPart, model: CodeModel, logic: LogicCircuit, nodes: tuple[str, ...]) -> Iterator[str]:
    """Texts of the ports in the order of the card."""
    both = model.bridge is not None and model.bridge.both
    inputs, outputs = iter(part.inputs), iter(part.outputs or part.inputs if both else part.outputs)
    seen, driven = iter(part.nodes), iter(part.driven)
    for port, width in zip(model.ports, part.widths, strict=True):
        if both and port.optional:
            words = ["null"]
        elif port.analog:
            words = [nodes[next(driven if port.out else seen)] for _ in range(width)]
        else:
            pins = [next(outputs if port.out else inputs) for _ in range(width)]
            words = ["null" if net < 0 else f"{'~' * flip}{logic.nets[net]}" for net, flip in pins]
        yield f"[ {' '.join(words)} ]" if port.vector else words[0]


def _given(model: CodeModel, settings: Settings) -> Iterator[str]:
    """Parameters that differ from their defaults."""
    for key, default in model.parameters.items():
        value = settings[key]
        if value != default or key in model.files:
            yield f"{key}={_written(key, value)}"


def _written(key: str, value: Setting) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, tuple):
        return f"[ {' '.join(map(digits, value))} ]"
    return ("true" if value else "false") if key in _TRUTHS else digits(value)
