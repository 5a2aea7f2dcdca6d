"""The ngspice twin of a compact model: a behavioural subcircuit with the same equations.

Nodes of the subcircuit are the model's terminals, inner nodes and states. A current that one node gives and another
takes is a B source between them; the rest of the current into a node is one to the last terminal, which then has the
correct current by Kirchhoff's law. A charge is the
voltage of a node, in fC, on a capacitor; a thousandth of its current is copied to the charge's nodes. A state
is the voltage of a node, in the state's unit, charged by a B source. An angle is not set back after some turns; the
capacitor on which its sine is has no other purpose than to keep steps shorter than a turn, however far the angle is.

The capacitors have sizes that ngspice's absolute tolerances suit. It checks no truncation error of charges below
`chgtol`, 1e-14 C: so the charges of devices are made larger. And currents that a time step makes of the rounding of
voltages must be less than `abstol`, 1 pA, for otherwise Newton's method does not converge where all is at rest: so
capacitors must be small where steps are short, and large where steps are long, as 1 pA must move nothing.

A controlling current is given by the voltage, 1 V for 1 A, of a last port ``i_control``.

Expressions whose text would be long are cut: shared subexpressions become voltages of nodes
``aux_<n>``. Memories are latches, which take some time to flip; see ``circuitnn.models.latches``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping

from circuitnn.constants import NOMINAL_TEMPERATURE
from circuitnn.equations.expr import ZERO, Expr, as_expr, symbol, symbols
from circuitnn.equations.flows import between
from circuitnn.equations.graph import FUNCTIONS
from circuitnn.equations.kernel import Event
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.equations.pieces import shorten
from circuitnn.equations.substitution import substitute
from circuitnn.errors import NoTwinError
from circuitnn.models.latches import (
    LOW,
    directions,
    flag_conditions,
    flags,
    memory_nodes,
    memory_texts,
    samples,
    sets_back,
)
from circuitnn.models.model import Equations, Model, State
from circuitnn.records import dataclass, field

CHARGE = 1e-15  # C for 1 V
ENLARGED = 1e3  # by which the capacitor of a charge is larger
STATE = 1e-9  # F, of states' capacitors, for steps of 100 fs to 10 us
LIGHTEST = 1e-12  # F: below, `chgtol` is more than the size of a state
ANGLE = 1e-2  # of the others' is the capacitor of an angle's sine: angles of thousands of turns are rounded coarsely
STEP = 100.0  # s for 1 F
GMIN = 1e-12  # S, ngspice's default; its B sources cannot ask for it
WARM = "heat0"  # voltage from which a thermal node starts
FLIP = 1e-12  # s
# Size of a state, in its absolute tolerances, below which errors count as at this size: ngspice's own tolerance of a
# charge is relative, and vanishes with it.
SIZE = 1e4
# Names with a meaning of their own in ngspice, even if a .param defines them; single letters are avoided as well.
RESERVED = {
    *FUNCTIONS,
    "pi",
    "echarge",
    "boltz",
    "kelvin",
    "planck",
    "time",
    "temper",
    "hertz",
    "temp",
    "and",
}
LONGEST = 4_000_000  # characters of an expression; they are cut long before


@dataclass
class _Reduced:
    """Equations with parameters replaced by numbers."""

    nodes: tuple[str, ...]
    f: dict[str, Expr]
    q: dict[str, Expr]
    initial: dict[str, Expr]
    memories: dict[str, Expr]
    flags: dict[str, tuple[Expr, Expr]]
    events: dict[str, Event]
    angles: frozenset[str]
    auxiliary: list[tuple[str, Expr]] = field(default_factory=list)


def twin(
    model: type[Model],
    name: str = "",
    parameters: Mapping[str, float] | None = None,
    free: Iterable[str] = (),
    flip: float = FLIP,
    static: bool = False,
    warm: bool = False,
    storage: float = STATE,
) -> str:
    """Write a model as an ngspice subcircuit.

    Parameters
    ----------
    model : type of Model
    name : str
        Name of the subcircuit; default ``<model>_twin``.
    parameters : mapping of str to float, optional
        Values in place of the defaults, including ``gmin`` [S] and memories' first values. The
        temperature ``temp`` is 27 °C by default; infinity makes it ngspice's, so that it can be swept.
    free : iterable of str
        Parameters that stay parameters of the subcircuit, under the name that `parameter_name` gives.
    flip : float
        Time from an event's condition becoming true to its memory changing. [s]
    static : bool
        For operating points and sweeps: states that operating points hold become sources.
    warm : bool
        Whether the voltage from which the thermal node of an instance starts is a parameter of the subcircuit,
        ``heat0`` [V for K]; otherwise it starts from 0.
    storage : float
        Capacitance on which states and memories are, see `storage_for`. [F]

    Returns
    -------
    str
        ``.subckt`` to ``.ends``, with the model's terminals in its order. A transient must start
        with ``uic`` (or from the ``.ic`` cards the subcircuit has) where a state holds what was written.

    Raises
    ------
    NoTwinError
        If the model draws random numbers, or an event changes a quantity that is not stored as such, which
        ngspice cannot express.
    ValueError
        If a parameter is unknown or missing.
    """
    values_on_card = dict(parameters or {})
    before = {n: values_on_card.pop(n) for n in model.memories if n in values_on_card}
    values = _values(model, values_on_card, tuple(free))
    reduced = _reduced(model, values)
    reduced.memories.update({n: as_expr(v) for n, v in before.items() if n in reduced.memories})
    header = [f"{parameter_name(p)}={_default(model, p, parameters)!r}" for p in free]
    header += [f"{WARM}=0"] * warm
    ports = " ".join((*model.terminals, *(("i_control",) if model.control else ())))
    names = {n: f"v({n})" for n in (*reduced.nodes, *reduced.initial, *(n for n, _ in reduced.auxiliary))}
    names |= {"i_control": "v(i_control)"} if model.control else {}
    names |= {WARM: WARM, "temp": "temper"} | {p: parameter_name(p) for p in free}
    names |= memory_texts(reduced.memories, reduced.flags, {} if static else reduced.events)
    lines = [f".subckt {name or model.name + '_twin'} {ports} {' '.join(header)}".rstrip()]
    reference = "0" if model.grounded else next(t for t in reversed(model.terminals) if t != model.heat_node)
    kernel = model.kernel()
    rates = {kernel.inputs[row] for row in kernel.rate_rows}
    first = {**reduced.initial, model.heat_node: symbol(WARM) if warm else ZERO}
    # a rate's equation is not a current of the device, and heat none of its other terminals
    apart = {*rates, model.heat_node} & {*reduced.nodes}
    flows, left = between({n: reduced.f[n] for n in reduced.nodes if n != reference and n not in apart})
    lines += [f"bf_{a}_{b} {a} {b} i={_text(f, names)}" for a, b, f in flows]
    for node in reduced.nodes:
        if node != reference:
            to = "0" if node in apart else reference
            charged = _precharged(node, reduced, first, names)
            lines += _node(node, to, left.get(node, reduced.f[node]), reduced.q[node], charged, names)
    for state in model.states:
        if static and state.hold:
            lines += _held(state, reduced, names)
        else:
            lines += _state(state, reduced, names, first, storage)
    lines += flags(reduced.memories, reduced.flags, names, flip, storage)
    if static:
        rest = [n for n in reduced.memories if n not in reduced.flags]
        lines += [f"vheld_{n} {n} 0 {_initial(reduced.memories[n], names)}" for n in rest]
    else:
        lines += samples(reduced.memories, reduced.events, reduced.initial, names, flip, storage)
    lines += [f"vlow {LOW} 0 -1"] if any(f" {LOW} " in line for line in lines) else []
    lines += [f"b{node} {node} 0 v={_text(value, names)}" for node, value in reduced.auxiliary]
    return "\n".join([*lines, ".ends", ""])


def parameter_name(parameter: str) -> str:
    """Name of a free parameter in the subcircuit: its own, unless ngspice would misread it."""
    return f"p_{parameter}" if parameter in RESERVED or len(parameter) == 1 else parameter


def storage_for(step: float) -> float:
    """Capacitance on which states are in a transient whose longest step is given. [s] → [F]"""
    return max(step / STEP, LIGHTEST)


def held_nodes(model: type[Model]) -> tuple[dict[str, tuple[str, ...]], list[Event]]:
    """Nodes of a twin whose voltages are its memories, and the events that it samples and holds.

    Parameters
    ----------
    model : type of Model

    Returns
    -------
    nodes : dict of str to tuple of str
        By memory. Two where a direction says which of them counts.
    events : list of Event
        The k-th has the latches ``now_<k>`` and ``end_<k>``.
    """
    m = model.stated()
    turns = flag_conditions(m.memories, m.events)
    others = _sampled(m, turns)
    directed = directions(m.memories, others)
    return memory_nodes(m.memories, others), [e for n, e in others.items() if n not in directed]


def _sampled(m: Equations, turns: Mapping[str, tuple[Expr, Expr]]) -> dict[str, Event]:
    """Events that do not flip a memory between 0 and 1, nor set an angle back."""
    others = {n: e for n, e in m.events.items() if not any(target in turns for target, _ in e.updates)}
    return {n: e for n, e in others.items() if not sets_back(e, m.states)}


def _default(model: type[Model], name: str, parameters: Mapping[str, float] | None) -> float:
    values = parameters or {}
    default = next(p.default for p in (*model.parameters, *model.instance_parameters) if p.name == name)
    if name not in values and isinstance(default, str):
        return _default(model, default, parameters)
    return float(values.get(name, default))


def _values(
    model: type[Model], parameters: dict[str, float], free: tuple[str, ...]
) -> dict[str, Expr | float]:
    """Value or text of each parameter symbol."""
    known = {p.name: p for p in (*model.parameters, *model.instance_parameters)}
    for name in (*parameters, *free):
        if name not in known and name not in ("temp", "tnom", "gmin"):  # every model has these
            raise ValueError(f"{model.name} has no parameter {name}")
    values: dict[str, Expr | float] = {
        "gmin": parameters.get("gmin", GMIN),
        "temp": math.nan,
        "tnom": math.nan,
    }
    for name, parameter in known.items():
        if name in free:
            values[name] = symbol(name)
        elif name in parameters:
            values[name] = float(parameters[name])
        elif not isinstance(parameter.default, str):
            values[name] = parameter.default
    for name, parameter in known.items():
        if isinstance(parameter.default, str) and name not in values:
            values[name] = values[parameter.default]
    for name in ("temp", "tnom"):
        value = values[name]
        if isinstance(value, float) and math.isnan(value):
            values[name] = NOMINAL_TEMPERATURE
    if values["temp"] == math.inf:
        values["temp"] = symbol("temp")
    return values


def _reduced(model: type[Model], values: Mapping[str, Expr | float]) -> _Reduced:
    m = model.stated()
    if m.carried:
        raise NoTwinError(
            f"{model.name}: its variables keep their values from point to point, which no node does"
        )
    if model.delays:
        raise NoTwinError(f"{model.name}: delays have no twin in ngspice; write a transmission line")
    if m.locals and hasattr(
        model, "recipe"
    ):  # a cell with BSIM3 or BSIM4: ngspice finds no operating point with such texts
        raise NoTwinError(f"{model.name}: its equations are too large for expressions of ngspice")
    merged = _merged(model, values)
    f, q = dict(m.f), dict(m.q)
    for inner, terminal in merged.items():
        f[terminal], q[terminal] = f[terminal] + f.pop(inner), q[terminal] + q.pop(inner)
    nodes = [node for node in (*model.terminals, *model.internal) if node not in merged]
    finite = {n: v for n, v in values.items() if isinstance(v, Expr) or math.isfinite(v)}
    turns = flag_conditions(m.memories, m.events)
    others = _sampled(m, turns)
    others = {n: e for n, e in others.items() if not _never(substitute([e.condition], finite)[0])}
    _check_stored(model, others, q)
    changed = {target for e in others.values() for target, _ in e.updates} | set(turns)
    memories = {n: substitute([v], finite)[0] for n, v in m.memories.items()}
    finite |= {n: memories.pop(n) for n in set(memories) - changed}  # these are numbers, like parameters
    parts_of = {n: (e.condition, *(v for _, v in e.updates)) for n, e in others.items()}
    flat = [*f.values(), *q.values(), *(e for pair in turns.values() for e in pair)]
    flat += [e for es in parts_of.values() for e in es]
    flat = substitute(flat, {inner: symbol(terminal) for inner, terminal in merged.items()})
    shortened, auxiliary = shorten(substitute(flat, finite))
    parts = iter(shortened)
    f, q = ({n: next(parts) for n in exprs} for exprs in (f, q))
    turns = {n: (next(parts), next(parts)) for n in turns}
    events = {
        n: Event(next(parts), tuple((target, next(parts)) for target, _ in e.updates))
        for n, e in others.items()
    }
    initial = {s.name: substitute([s.start()], finite)[0] for s in model.states}
    everything = [*shortened, *(e for _, e in auxiliary), *initial.values(), *memories.values()]
    missing = symbols(everything) & (set(values) - set(finite))
    if missing:
        raise ValueError(f"{model.name}: {', '.join(sorted(missing))} must be given")
    drawn = symbols(everything) & set(m.randoms)
    if drawn:
        raise NoTwinError(
            f"{model.name}: random numbers ({', '.join(sorted(drawn))}) have no twin in ngspice"
        )
    angles = frozenset(n for e in m.events.values() if sets_back(e, m.states) for n, _ in e.updates)
    return _Reduced(tuple(nodes), f, q, initial, memories, turns, events, angles, auxiliary)


def _merged(model: type[Model], values: Mapping[str, Expr | float]) -> dict[str, str]:
    """Inner nodes behind a resistance of zero, each with the node that it is merged with."""
    ends: dict[str, str] = {}
    for inner, (terminal, parameter) in model.collapse.items():
        if values[parameter] == 0.0:
            ends[inner] = ends.get(terminal, terminal)  # which may itself be a merged inner node
    return ends


def _never(condition: Expr) -> bool:
    return condition.op == "const" and condition.number <= 0.0


def _check_stored(model: type[Model], events: Mapping[str, Event], q: Mapping[str, Expr]) -> None:
    states = {s.name for s in model.states}
    for name in {target for e in events.values() for target, _ in e.updates} & states:
        if q[name] is not symbol(name):
            raise NoTwinError(f"{model.name}: an event changes {name}, which is not what is stored there")


def _text(expr: Expr, names: Mapping[str, str]) -> str:
    return to_ngspice(expr, names, limit=LONGEST)


def _node(
    node: str, reference: str, f: Expr, q: Expr, initial: str, names: Mapping[str, str]
) -> Iterator[str]:
    """Sources for the current from a node into the device."""
    if f is not ZERO:
        yield f"bf_{node} {node} {reference} i={_text(f, names)}"
    if q is not ZERO:
        yield from _charge(node, q / CHARGE, initial, names, ENLARGED * CHARGE)
        yield f"fq_{node} {node} {reference} vq_{node} {1.0 / ENLARGED!r}"


def _charge(
    node: str, voltage: Expr, initial: str, names: Mapping[str, str], storage: float
) -> Iterator[str]:
    yield f"bq_{node} q_{node} 0 v={_text(voltage, names)}"
    yield f"vq_{node} q_{node} c_{node} 0"
    yield f"cq_{node} c_{node} 0 {storage!r}{initial}"


def _angle(name: str, start: str, storage: float) -> Iterator[str]:
    yield f"cq_{name} {name} 0 {storage!r} ic={start}"
    # away from 0 V, where the tolerance of a charge vanishes
    yield f"bsine_{name} sine_{name} 0 v=2+sin(v({name}))"
    yield f"csine_{name} sine_{name} 0 {ANGLE * storage!r}"


def _held(state: State, reduced: _Reduced, names: Mapping[str, str]) -> Iterator[str]:
    yield f"vheld_{state.name} {state.name} 0 {_initial(reduced.initial[state.name], names)}"


def _precharged(node: str, reduced: _Reduced, first: Mapping[str, Expr], names: Mapping[str, str]) -> str:
    """What the charge of a node starts from, if the thermal node decides it: `` ic=…``, otherwise empty."""
    stored = substitute([reduced.q[node] / CHARGE], first)[0]
    known = symbols([stored]) <= {*names} - {*reduced.nodes, *(n for n, _ in reduced.auxiliary)}
    return f" ic={_initial(stored, names)}" if WARM in symbols([stored]) and known else ""


def _state(
    state: State, reduced: _Reduced, names: Mapping[str, str], first: Mapping[str, Expr], storage: float
) -> Iterator[str]:
    name, stored = state.name, reduced.q[state.name]
    start = reduced.initial[name]
    yield f"bf_{name} 0 {name} i={_text(-storage * reduced.f[name], names)}"
    if stored is ZERO:  # an algebraic unknown
        yield f".nodeset v({name})={_initial(start, names)}"
        return
    if name in reduced.angles:
        yield from _angle(name, _initial(start, names), storage)
    elif stored is symbol(name):
        size = SIZE * state.tolerance
        yield f"vsize_{name} size_{name} 0 {-size!r}"
        yield f"cq_{name} {name} size_{name} {storage!r} ic={_initial(start + size, names)}"
    else:
        at_first = substitute([stored], first)[0]
        if symbols([at_first]) & {*reduced.nodes, *(n for n, _ in reduced.auxiliary)} or symbols(
            [at_first]
        ) - set(names):
            raise NoTwinError(f"{name}: what is stored depends on more than the state and parameters")
        yield from _charge(name, stored, f" ic={_initial(at_first, names)}", names, storage)
        yield f"fq_{name} {name} 0 vq_{name} 1"
    if state.hold:
        yield f".ic v({name})={_initial(start, names)}"


def _initial(value: Expr, names: Mapping[str, str]) -> str:
    text = _text(value, names)
    return text if value.op == "const" else f"{{{text}}}"
