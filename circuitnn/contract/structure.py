"""Checks of a model's structure: names, one equation for each state, inner nodes, defaults, time.

They need no numbers, and come first: if defaults are circular, or a state has a parameter's name, no
other result about the model would mean much.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np

from circuitnn.contract.case import GMIN, TIME, Case
from circuitnn.contract.points import over_ranges
from circuitnn.contract.report import Outcome
from circuitnn.equations.evaluate import Evaluator, Value
from circuitnn.equations.expr import ZERO, Expr, symbols
from circuitnn.equations.substitution import substitute
from circuitnn.models.model import RESERVED, Equations, Model, Parameter

# Words in the meaning of a parameter that mark it as having no effect.
ACCEPTED = ("accepted", "no effect")


def structure(case: Case) -> Outcome:
    """The check `sound`, and a note for each parameter that changes nothing although the equations contain it."""
    outcome = sound(case.model)
    for name in without_effect(case) if outcome.passed else ():
        outcome.note(f"parameter {name} changes nothing at any of the points looked at")
    return outcome


def without_effect(case: Case) -> list[str]:
    """Parameters of the equations that change no current, charge, rate, condition or new value at the drawn points."""
    model, k = case.model, case.kernel
    values = [e for event in k.events for e in (event.condition, *(u for _, u in event.updates))]
    values = substitute([*k.f, *k.q, *values], dict(k.setup))
    elsewhere = symbols(_others(model, model.stated()))
    evaluator = Evaluator(values)
    quiet = [p.name for p in (*model.parameters, *model.instance_parameters) if p.name in symbols(values)]
    quiet = [name for name in quiet if name not in elsewhere and name != "temp"]
    for spread in (1.0, 10.0):
        point = (
            case.values | dict(zip(k.inputs, case.points(spread), strict=True)) | {"time": TIME, "gmin": GMIN}
        )
        before, wide = evaluator(point), over_ranges(case)
        quiet = [name for name in quiet if _same(before, evaluator(point | {name: wide[name]}))]
    return quiet


def _same(before: Iterable[Value], after: Iterable[Value]) -> bool:
    """Whether values are equal to rounding."""
    return all(
        np.all(np.abs(np.subtract(a, b)) <= 1e-12 * np.maximum(np.abs(a), np.abs(b)))
        for a, b in zip(before, after, strict=True)
    )


def sound(model: type[Model]) -> Outcome:
    """Names, defaults, equations, inner nodes."""
    outcome = Outcome(
        "structure",
        "no two names are alike, also but for their case; defaults lead to numbers; every state has one equation, "
        "every inner node currents that its voltage moves, from one node to another; every parameter is used; time "
        "only in conditions of events",
    )
    for problem in (*_names(model), *_defaults(model)):
        outcome.require(False, problem)
    if outcome.findings:
        return outcome
    try:
        m = model.stated()
    except ValueError as error:
        outcome.require(False, str(error))
        return outcome
    problems = (
        _states(model, m),
        _inner_nodes(model, m),
        _islands(model, m),
        _dead_ends(model, m),
        _time(model, m),
        _unused(model, m),
    )
    for problem in chain(*problems):
        outcome.require(False, problem)
    for remark in _unread(model, m):
        outcome.note(remark)
    return outcome


def _names(model: type[Model]) -> Iterator[str]:
    listed: list[tuple[str, str]] = [("node", n) for n in (*model.terminals, *model.internal)]
    listed += [("state", s.name) for s in model.states]
    listed += [("parameter", p.name) for p in (*model.parameters, *model.instance_parameters)]
    aliases, of_instances = (
        [alias for p in declared for alias in p.aliases]
        for declared in (model.parameters, model.instance_parameters)
    )
    if model.letter == "n":  # its instances may give parameters of the card
        aliases += of_instances
    else:
        aliases = [a for a in aliases if all(a != p.name for p in model.instance_parameters)]
    listed += [("parameter", alias) for alias in aliases]
    listed += [("memory", n) for n in model.memories] + [("random number", n) for n in model.randoms]
    first: dict[str, tuple[str, str]] = {}
    for kind, name in listed:
        known = first.setdefault(name.lower(), (kind, name))
        if known == (kind, name) and listed.count(known) > 1:
            yield f"two {_plural(kind)} are called {name}"
            first[name.lower()] = (kind, name + " again")
        elif known[1] == name and known[0] != kind:
            yield f"the {kind} {name} is called as the {known[0]}"
        elif known[1].lower() == name.lower() and known[1] != name and not known[1].endswith(" again"):
            yield f"the {kind} {name} and the {known[0]} {known[1]} differ in case only, which decks do not distinguish"
        if kind in ("parameter", "state") and name != name.lower() and name.lower() not in RESERVED:
            yield f"the {kind} {name} has capitals: decks are read in lower case and cannot refer to it"
        if name.lower() in RESERVED:
            yield f"the {kind} {name} has a name that is reserved for the simulator"


def _plural(kind: str) -> str:
    return {"memory": "memories"}.get(kind, f"{kind}s")


def _defaults(model: type[Model]) -> Iterator[str]:
    """Check that defaults taken from other parameters lead to numbers."""
    listed: dict[str, Parameter] = {p.name: p for p in (*model.parameters, *model.instance_parameters)}
    reported: set[str] = set()
    for p in listed.values():
        way, here = [p.name], p
        while isinstance(here.default, str):
            if here.default not in listed:
                yield f"parameter {here.name}: its default {here.default} is not a parameter"
                break
            way.append(here.default)
            here = listed[here.default]
            if here.name in way[:-1]:
                circle = way[way.index(here.name) :]
                if not reported & set(circle):
                    yield f"the defaults of parameters lead in a circle: {' → '.join(circle)}"
                reported |= set(circle)
                break
    order = list(listed)
    for p in listed.values():
        ahead = isinstance(p.default, str) and p.default in listed and p.name not in reported
        if ahead and order.index(str(p.default)) > order.index(p.name):
            yield f"parameter {p.name}: its default {p.default} must stand before it"


def _states(model: type[Model], m: Equations) -> Iterator[str]:
    for state in model.states:
        count = m.with_equation.count(state.name)
        if m.f[state.name] is ZERO and m.q[state.name] is ZERO:
            yield f"state {state.name} has no equation"
        elif count > 1:
            yield f"state {state.name} has {count} equations, which are added"


def _unread(model: type[Model], m: Equations) -> Iterator[str]:
    """States on which nothing else depends."""
    everything = {name: symbols([m.f[name], m.q[name]]) for name in model.inputs()}
    events = symbols(
        e for event in m.events.values() for e in (event.condition, *(u for _, u in event.updates))
    )
    for state in model.states:
        others = set().union(events, *(used for name, used in everything.items() if name != state.name))
        if state.name not in others:
            yield f"nothing depends on the state {state.name}"


def _islands(model: type[Model], m: Equations) -> Iterator[str]:
    """Inner nodes without a current path to a terminal."""
    nodes = {*model.terminals, *model.internal}
    near = {node: {node} for node in nodes}
    for node in nodes:
        for other in symbols([m.f[node], m.q[node]]) & nodes:
            near[node].add(other)
            near[other].add(node)
    reached, waiting = set(), list(model.terminals)
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += near[node]
    lost = [node for node in model.internal if node not in reached]
    if lost:
        yield f"no current leads from the inner nodes {', '.join(lost)} to a terminal"


def _inner_nodes(model: type[Model], m: Equations) -> Iterator[str]:
    everywhere = {name: symbols([m.f[name], m.q[name]]) for name in model.inputs()}
    for node in model.internal:
        if m.f[node] is ZERO and m.q[node] is ZERO:
            yield f"no current flows into the inner node {node}"
        elif not any(node in used for used in everywhere.values()):
            yield f"nothing depends on the voltage of the inner node {node}"
        elif node not in everywhere[node]:
            yield f"the currents into the inner node {node} do not depend on its voltage, which they would have to fix"


def _dead_ends(model: type[Model], m: Equations) -> Iterator[str]:
    """Inner nodes between which and one other node alone anything flows: by Kirchhoff's law that is nothing."""
    near: dict[str, set[str]] = {node: set() for node in model.internal}
    for plus, minus in (*m.branches, *((plus, minus) for plus, minus, _ in m.displacements)):
        for node, other in ((plus, minus), (minus, plus)):
            near.get(node, set()).add(other)
    unknowns = set(model.inputs())
    for node, others in near.items():
        follows = symbols([m.f[node], m.q[node]]) & unknowns
        if len(others) == 1 and follows <= {node, *others}:
            yield f"the inner node {node} is a dead end: connected with {min(others)} alone, it carries no current"


def _time(model: type[Model], m: Equations) -> Iterator[str]:
    for name in () if model.clock else m.f:
        if "time" in symbols([m.f[name], m.q[name]]):
            yield f"the equation of {name} contains the time: a device depends on its past, not on the clock"


def _unused(model: type[Model], m: Equations) -> Iterator[str]:
    used = symbols(_expressions(model, m)) | {name for _, name in model.collapse.values()}
    used |= {name for name, _ in model.flags.values()} & m.memories.keys() | model.choosing
    for p in (*model.parameters, *model.instance_parameters):
        # every element has an instance temperature; a user who sets it without effect is warned then
        if p.name not in used and p.name != "temp" and not any(word in p.meaning for word in ACCEPTED):
            followed = any(q.default == p.name for q in (*model.parameters, *model.instance_parameters))
            if not followed:
                yield f"parameter {p.name} is used nowhere"


def _expressions(model: type[Model], m: Equations) -> Iterable[Expr]:
    yield from m.f.values()
    yield from m.q.values()
    yield from (capacitance for _, _, capacitance in m.displacements)
    for event in m.events.values():
        yield event.condition
        yield from (e for _, e in event.updates)
    yield from _others(model, m)


def _others(model: type[Model], m: Equations) -> Iterable[Expr]:
    """Statements besides equations: initial values, noise, junctions, values of devices."""
    yield from m.memories.values()
    yield from (state.start() for state in model.states)
    for noise in m.noises:
        yield from (noise.white, noise.flicker, noise.exponent, *(factor for _, factor in noise.into))
    for _, _, vt, vcrit, _ in m.limits:
        yield from (vt, vcrit)
    yield from (probe.value for probe in m.probes.values())
