"""What decks may ask for of a device, ``@m1[gm]``: what its model states, or else what its terminals say."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.equations.graph import ZERO, Expr, ddt, substitute, symbol
from circuitnn.models.declarations import Probe
from circuitnn.models.model import Equations, Model

_by_model: dict[type[Model], dict[str, Probe]] = {}
_into: dict[tuple[type[Model], tuple[str, ...]], Probe] = {}


def probes(model: type[Model]) -> dict[str, Probe]:
    """Values of a model's instances by their names, from its equations.

    Parameters
    ----------
    model : type of Model
    """
    if model in _by_model:
        return _by_model[model]
    m = model.stated()
    if not m.probes and {"drain_inner", "source_inner"} <= set(model.internal):
        _of_junction_fet(model, m)
    elif not m.probes or model.heat_node:
        _of_terminals(model, m)
    _by_model[model] = m.probes
    return m.probes


def into(model: type[Model], nodes: tuple[str, ...]) -> Probe:
    """Current into a terminal and the inner nodes merged with it.

    Parameters
    ----------
    model : type of Model
    nodes : tuple of str
    """
    if (model, nodes) not in _into:
        _into[model, nodes] = Probe("A", f"current into {nodes[0]}", model.stated().current(*nodes))
    return _into[model, nodes]


def merged(model: type[Model], terminal: str, inputs: Mapping[str, str]) -> tuple[str, ...]:
    """A terminal and the inner nodes merged with it, since the resistances between them are 0.

    Parameters
    ----------
    model : type of Model
    terminal : str
    inputs : mapping of str to str
        Node of the model → node of the circuit.
    """
    nodes = [terminal]
    for inner, (outer, _) in model.collapse.items():
        if outer in nodes and inputs.get(inner) == inputs.get(terminal):
            nodes.append(inner)
    return tuple(nodes)


def _of_terminals(model: type[Model], m: Equations) -> None:
    plus, *others = model.terminals
    m.probe("i", "A", f"current into {plus}", m.current(plus))
    electrical = [node for node in (*model.terminals, *model.internal) if node != model.heat_node]
    m.probe("p", "W", "power", m.power(*electrical))
    if others:
        m.probe("v", "V", f"voltage of {plus} over {others[0]}", m.voltage(plus, others[0]))
    for node in others[1:]:
        unit, flow = ("W", "heat") if node == model.heat_node else ("A", "current")
        m.probe(f"i_{node}", unit, f"{flow} into {node}", m.current(node))
    declared = [s.name for s in model.states]
    declared += [p.name for p in (*model.parameters, *model.instance_parameters)]
    for name in declared:
        m.probes.pop(name, None)  # whose name it is


def _of_junction_fet(model: type[Model], m: Equations) -> None:
    """Of JFET and MESFET, with ngspice's names; currents and voltages are times the polarity."""
    p, gate = m["polarity"], symbol("gate")
    drain, source = symbol("drain_inner"), symbol("source_inner")
    still = dict.fromkeys(model.internal[2:], ZERO)  # rates
    into_gate, into_drain = substitute([m.f["gate"], m.f["drain_inner"]], still)

    def to_drain(of_gate: Expr) -> Expr:  # the rest of it is to the source
        return of_gate - substitute([of_gate], {"drain_inner": gate})[0]

    m.probe("vgs", "V", "voltage of the source's junction", p * (gate - source))
    m.probe("vgd", "V", "voltage of the drain's junction", p * (gate - drain))
    m.probe("ig cg", "A", "current into the gate", p * m.current("gate"))
    m.probe("id cd", "A", "current into the drain", p * m.current("drain", "drain_inner"))
    m.probe("is", "A", "current into the source", -p * m.current("gate", "drain", "drain_inner"))
    by_drain = -m.slope(into_gate, "drain_inner")
    m.probe("ggd", "S", "conductance of the drain's junction", by_drain)
    m.probe("ggs", "S", "conductance of the source's junction", -m.slope(into_gate, "source_inner"))
    gm = m.slope(into_drain, "gate") + by_drain
    m.probe("gm", "S", "transconductance", gm)
    # the current from drain to source depends on voltage differences only
    m.probe("gds", "S", "output conductance", -m.slope(into_drain, "source_inner") - gm)
    if not still:
        of_drain = to_drain(m.q["gate"])
        along = sum((c * ddt(m.voltage(a, b)) for a, b, c in m.displacements if b == "drain_inner"), ZERO)
        m.probe("igd", "A", "current from gate to drain", p * (to_drain(into_gate) + ddt(of_drain) + along))
        m.probe("qgd", "C", "charge of the drain's junction", p * of_drain)
        m.probe("qgs", "C", "charge of the source's junction", p * (m.q["gate"] - of_drain))
    m.probe("p", "W", "power", m.power(*model.terminals, *model.internal[:2]))
