"""Devices that heat themselves: their temperature is a state, or the voltage of a thermal node.

A model states what power heats it and what stores the heat; whether that is the equation of a state or a current into
a node depends on the number of nodes on the card. At the thermal node 1 V is 1 K above the surroundings of the
instance, 1 A is 1 W; resistors [K/W] and capacitors [J/K] between such nodes are paths and stores of heat.
"""

from __future__ import annotations

import re

from circuitnn.equations.graph import ONE, ZERO, Expr
from circuitnn.equations.kernel import Noise
from circuitnn.models.declarations import Drive, State
from circuitnn.models.model import Equations, Model
from circuitnn.records import replace

NODE = "heat"
STATE = "t"
RATE = "warming"  # inner node of models that must know how fast their temperature changes
SUFFIX = "_heat"


def thermometer(base: Expr) -> State:
    """Temperature of a device as a state, which starts at that of its surroundings [K]."""
    return State(STATE, "K", "temperature", base, tolerance=1e-4, hold=False)


def thermal(m: Equations) -> bool:
    """Whether the equations are those of a device with a thermal node."""
    return NODE in m.inputs


def rise(m: Equations) -> Expr:
    """How much warmer it is at the thermal node than `temp` says; 0 where there is no such node. [K]"""
    return m.unknown(NODE) if thermal(m) else ZERO


def temperature(m: Equations, base: Expr) -> Expr:
    """Temperature of a device whose surroundings are at `base`. [K]"""
    return base + rise(m) if thermal(m) else m.unknown(STATE)


def store_heat(m: Equations, power: Expr, capacity: Expr, base: Expr) -> None:
    """State what changes the temperature: the sum of powers that flow in [W], and the heat capacity [J/K]."""
    if thermal(m):
        _warm(m, power, capacity)
        m.probe(STATE, "K", "temperature", temperature(m, base))
    else:
        m.state(STATE, power / capacity)


def give_heat(m: Equations, power: Expr, capacity: Expr) -> None:
    """State the heat that leaves a device for its thermal node [W], and what warms along with that node [J/K]."""
    if thermal(m):
        _warm(m, power, capacity)


def _warm(m: Equations, power: Expr, capacity: Expr) -> None:
    """Let power flow into the thermal node, and give the node a heat capacity to ground.

    As in the equation of a state nothing flows out elsewhere: heat is no current of the other terminals.
    """
    m.f[NODE] = m.f[NODE] - power
    m.q[NODE] = m.q[NODE] + capacity * rise(m)


def warming(m: Equations, power: Expr, capacity: Expr) -> Expr:
    """How fast the temperature changes, for conditions of events alone. [K/s]

    What flows into a thermal node from outside a device cannot know. There it is the voltage of an inner node, which
    nothing else depends on: 1 V for a second's warming by `power` = 1 W.
    """
    return m.rate(RATE, capacity * rise(m)) / capacity if thermal(m) else power / capacity


def agitated(m: Equations, name: str, white: Expr, capacity: Expr) -> None:
    """State the fluctuation of the heat that a device exchanges with its surroundings [W²/Hz]."""
    if thermal(m):
        m.noises.append(Noise(name, ((NODE, ONE),), white, ZERO, ONE))
    else:
        m.agitation(name, white, {STATE: 1.0 / capacity})


_INSTANCE = re.compile(r"^(n1 .*) m$", re.MULTILINE)
_made: dict[type[Model], type[Model]] = {}


def _with_path(model: type[Model]) -> Drive | None:
    """The model's typical transient, with a thermal node."""
    drive = model.drive
    if drive is None:
        return None
    elements = _INSTANCE.sub(rf"\1 {NODE} m", drive.elements)
    return replace(drive, elements=f"{elements}\n{drive.heat}", heat="")


def with_node(model: type[Model]) -> type[Model]:
    """The same device with a thermal node after its other nodes; a temperature is no state then.

    Parameters
    ----------
    model : type of Model
        Whose attribute `heated` is not None.

    Returns
    -------
    type of Model
    """
    if model not in _made:
        body = {
            "name": model.name + SUFFIX,
            "keywords": model.types(),
            "terminals": (*model.terminals, NODE),
            "heat_node": NODE,
            "sources": () if STATE in (s.name for s in model.states) else (NODE,),
            "internal": (*model.internal, *(model.heated or ())),
            "states": tuple(s for s in model.states if s.name != STATE),
            "heated": None,
            "drive": _with_path(model),
            "__module__": model.__module__,
            "__doc__": model.__doc__,
        }
        _made[model] = type(model.__name__ + "WithHeat", (model,), body)
    return _made[model]
