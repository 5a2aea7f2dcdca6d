"""The ngspice twin of a compact model: a behavioural subcircuit with the same equations.

Nodes of the subcircuit are the model's terminals, inner nodes and states. What flows into a node is a
B source to the last terminal; by Kirchhoff's law the last terminal then has its own. A charge is the
voltage of a node, in fC, on a capacitor of 1 fF whose current is copied to where the charge is. A state
is the voltage of a node, in the state's unit, on 1 nF that a B source of 1 nF times its rate charges.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from circuitnn.constants import NOMINAL_TEMPERATURE
from circuitnn.equations.expr import ZERO, Expr, order, symbol, symbols
from circuitnn.equations.graph import FUNCTIONS
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.equations.nodes import substitute
from circuitnn.models.model import Model, State

CHARGE, STATE = 1e-15, 1e-9  # F
GMIN = 1e-12  # S, ngspice's default; its B sources cannot ask for it
# Names that mean something else to ngspice, whatever a .param says; single letters are avoided as well.
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
MOST = 50_000  # terms of an expression once written out


@dataclass
class _Reduced:
    """Equations with numbers in place of parameters."""

    nodes: tuple[str, ...]
    f: dict[str, Expr]
    q: dict[str, Expr]
    initial: dict[str, Expr]


def twin(
    model: type[Model],
    name: str = "",
    parameters: Mapping[str, float] | None = None,
    free: Iterable[str] = (),
) -> str:
    """Write a model as an ngspice subcircuit.

    Parameters
    ----------
    model : type of Model
    name : str
        Of the subcircuit; ``<model>_twin`` unless given.
    parameters : mapping of str to float, optional
        Values in place of the defaults; the temperature is 27 °C unless `temp` is among them.
    free : iterable of str
        Parameters that stay parameters of the subcircuit, under the name that `parameter_name` gives.

    Returns
    -------
    str
        ``.subckt`` to ``.ends``, with the model's terminals in its order. A transient must start
        with ``uic`` (or from the ``.ic`` cards the subcircuit has) where a state holds what was written.

    Raises
    ------
    ValueError
        If the model has memories or a controlling current, which have no equal in ngspice's
        subcircuits, if a parameter is unknown, or if the equations are too long when written out.
    """
    if model.memories or model.control:
        what = "memories" if model.memories else "a controlling current"
        raise ValueError(f"{model.name}: a model with {what} has no twin")
    values = _values(model, dict(parameters or {}), tuple(free))
    reduced = _reduced(model, values)
    header = [f"{parameter_name(p)}={_default(model, p, parameters)!r}" for p in free]
    ports = " ".join(model.terminals)
    names = {n: f"v({n})" for n in (*reduced.nodes, *reduced.initial)}
    names |= {p: parameter_name(p) for p in free}
    lines = [f".subckt {name or model.name + '_twin'} {ports} {' '.join(header)}".rstrip()]
    reference = model.terminals[-1]
    for node in reduced.nodes:
        if node != reference:
            lines += _node(node, reference, reduced.f[node], reduced.q[node], names)
    for state in model.states:
        lines += _state(state, reduced, names)
    return "\n".join([*lines, ".ends", ""])


def parameter_name(parameter: str) -> str:
    """Name of a free parameter in the subcircuit: its own, unless ngspice would misread it."""
    return f"p_{parameter}" if parameter in RESERVED or len(parameter) == 1 else parameter


def _default(model: type[Model], name: str, parameters: Mapping[str, float] | None) -> float:
    given = parameters or {}
    default = next(p.default for p in (*model.parameters, *model.instance_parameters) if p.name == name)
    if name not in given and isinstance(default, str):
        return _default(model, default, parameters)
    return float(given.get(name, default))


def _values(
    model: type[Model], parameters: dict[str, float], free: tuple[str, ...]
) -> dict[str, Expr | float]:
    """What stands for each parameter symbol."""
    known = {p.name: p for p in (*model.parameters, *model.instance_parameters)}
    for name in (*parameters, *free):
        if name not in known and name not in ("temp", "tnom"):  # those every model has
            raise ValueError(f"{model.name} has no parameter {name}")
    values: dict[str, Expr | float] = {"gmin": GMIN, "temp": math.nan, "tnom": math.nan}
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
    return values


def _reduced(model: type[Model], values: Mapping[str, Expr | float]) -> _Reduced:
    m = model.stated()
    nodes = [*model.terminals, *model.internal]
    merged: dict[str, Expr | float] = {}
    f, q = dict(m.f), dict(m.q)
    for inner, (terminal, parameter) in model.collapse.items():
        if values[parameter] == 0.0:
            nodes.remove(inner)
            merged[inner] = symbol(terminal)
            f[terminal], q[terminal] = f[terminal] + f.pop(inner), q[terminal] + q.pop(inner)
    finite = {n: v for n, v in values.items() if isinstance(v, Expr) or math.isfinite(v)}
    for exprs in (f, q):
        made = substitute(substitute(list(exprs.values()), merged), finite)
        exprs.update(zip(list(exprs), made, strict=True))
    initial = {s.name: substitute([s.start()], finite)[0] for s in model.states}
    missing = symbols([*f.values(), *q.values(), *initial.values()]) & (set(values) - set(finite))
    if missing:
        raise ValueError(f"{model.name}: {', '.join(sorted(missing))} must be given")
    return _Reduced(tuple(nodes), f, q, initial)


def _text(expr: Expr, names: Mapping[str, str]) -> str:
    sizes: dict[Expr, int] = {}
    for node in order([expr]):
        sizes[node] = 1 + sum(sizes[a] for a in node.args)
    if sizes[expr] > MOST:
        raise ValueError(
            f"an equation has {sizes[expr]} terms when written out, which is too much for ngspice"
        )
    return to_ngspice(expr, names, limit=100 * MOST)


def _node(node: str, reference: str, f: Expr, q: Expr, names: Mapping[str, str]) -> Iterator[str]:
    """What leaves a node into the device."""
    if f is not ZERO:
        yield f"bf_{node} {node} {reference} i={_text(f, names)}"
    if q is not ZERO:
        yield from _charge(node, q / CHARGE, CHARGE, "", names)
        yield f"fq_{node} {node} {reference} vq_{node} 1"


def _charge(
    node: str, voltage: Expr, capacitance: float, initial: str, names: Mapping[str, str]
) -> Iterator[str]:
    yield f"bq_{node} q_{node} 0 v={_text(voltage, names)}"
    yield f"vq_{node} q_{node} c_{node} 0"
    yield f"cq_{node} c_{node} 0 {capacitance!r}{initial}"


def _state(state: State, reduced: _Reduced, names: Mapping[str, str]) -> Iterator[str]:
    name, storage = state.name, reduced.q[state.name]
    start = reduced.initial[name]
    yield f"bf_{name} 0 {name} i={_text(-STATE * reduced.f[name], names)}"
    if storage is symbol(name):
        yield f"cq_{name} {name} 0 {STATE!r} ic={_initial(start, names)}"
    else:
        stored = substitute([storage], {name: start})[0]
        if symbols([stored]) - set(names):
            raise ValueError(f"{state.name}: what is stored depends on more than the state and parameters")
        yield from _charge(name, storage, STATE, f" ic={_initial(stored, names)}", names)
        yield f"fq_{name} {name} 0 vq_{name} 1"
    if state.hold:
        yield f".ic v({name})={_initial(start, names)}"


def _initial(value: Expr, names: Mapping[str, str]) -> str:
    text = _text(value, names)
    return text if value.op == "const" else f"{{{text}}}"
