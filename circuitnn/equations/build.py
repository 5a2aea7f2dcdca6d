"""From equations to a kernel: differentiate, hoist and tidy.

Subexpressions that depend only on parameters are hoisted: they are computed once, into columns. The rest is the kernel.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from circuitnn.equations.derivative import differentiate_all
from circuitnn.equations.expr import (
    GLOBALS,
    MINUS_ONE,
    ONE,
    ZERO,
    Expr,
    as_expr,
    const,
    order,
    symbol,
    symbols,
)
from circuitnn.equations.kernel import (
    CAPACITANCE,
    DISTRIBUTIONS,
    SHARE,
    VOLTAGE,
    Event,
    Kept,
    Kernel,
    Limit,
    Noise,
)
from circuitnn.equations.rules import add, mul, neg, product, quotient, sub
from circuitnn.equations.scalar import QUOTIENTS
from circuitnn.equations.substitution import rebuild, resolved, substitute


def _branches(
    residuals: Sequence[Expr], inputs: Sequence[str]
) -> tuple[list[Expr], dict[str, tuple[str, str]]]:
    """Replace each difference of two unknowns by a symbol; also return the pairs by symbol."""
    known = {symbol(name) for name in inputs}
    pairs: dict[str, tuple[str, str]] = {}
    rewritten: dict[Expr, Expr] = {}
    for node in order(residuals):
        if node.op == "sub" and known.issuperset(node.args):
            plus, minus = (str(a.value) for a in node.args)
            if f"{minus} - {plus}" in pairs:
                rewritten[node] = neg(symbol(f"{minus} - {plus}"))
            else:
                pairs[f"{plus} - {minus}"] = (plus, minus)
                rewritten[node] = symbol(f"{plus} - {minus}")
        else:
            rewritten[node] = rebuild(node, tuple(rewritten[a] for a in node.args)) if node.args else node
    return [rewritten[e] for e in residuals], pairs


def _entries(
    residuals: Sequence[Expr], inputs: Sequence[str], definitions: Mapping[str, Expr]
) -> list[tuple[int, int, Expr]]:
    """Derivatives that are not structurally zero, by row and then column.

    Most equations depend on voltages between nodes only. They are differentiated with respect to these, so that the
    columns of a branch's two nodes are one expression and its negative. Expressions of local quantities
    are differentiated with respect to these first.
    """
    inner, pairs = _branches([*residuals, *definitions.values()], inputs)
    leaves = (*inputs, *pairs)
    values = dict(zip(definitions, inner[len(residuals) :], strict=True))
    slopes: dict[str, dict[str, Expr]] = {}  # of local quantities by leaves
    for name, value in values.items():
        slopes[name] = _total(value, leaves, slopes)
    column = {name: i for i, name in enumerate(inputs)}
    derivatives: dict[tuple[int, int], Expr] = {}
    rows = inner[: len(residuals)]
    used = [symbols([e]) for e in rows]
    for name in leaves:
        for row, e in _by_leaf(rows, used, name, slopes):
            targets = [(pairs[name][0], e), (pairs[name][1], neg(e))] if name in pairs else [(name, e)]
            for target, part in targets:
                place = (row, column[target])
                derivatives[place] = add(derivatives.get(place, ZERO), part)
    back = {name: sub(symbol(plus), symbol(minus)) for name, (plus, minus) in pairs.items()}
    places = sorted(place for place, e in derivatives.items() if e is not ZERO)
    exprs = substitute([derivatives[place] for place in places], back | resolved(definitions))
    return [(row, col, e) for (row, col), e in zip(places, exprs, strict=True) if e is not ZERO]


def _total(value: Expr, leaves: Sequence[str], slopes: Mapping[str, Mapping[str, Expr]]) -> dict[str, Expr]:
    """Derivatives of an expression by leaves, directly and through local quantities."""
    used = [symbols([value])]
    return {name: e for name in leaves for _, e in _by_leaf([value], used, name, slopes)}


def _by_leaf(
    exprs: Sequence[Expr], used: Sequence[set[str]], leaf: str, slopes: Mapping[str, Mapping[str, Expr]]
) -> list[tuple[int, Expr]]:
    """Derivatives of expressions by a leaf, with their numbers; those that are structurally zero are left out.

    `used` has the symbols of each expression.
    """
    paths = [(leaf, ONE), *((name, known[leaf]) for name, known in slopes.items() if leaf in known)]
    derivatives: dict[int, Expr] = {}
    for name, factor in paths:
        rows = [i for i, names in enumerate(used) if name in names]
        for row, e in zip(rows, differentiate_all([exprs[i] for i in rows], name), strict=True):
            derivatives[row] = add(derivatives.get(row, ZERO), mul(e, factor))
    return [(row, e) for row, e in sorted(derivatives.items()) if e is not ZERO]


def _gather_factors(exprs: Sequence[Expr], fixed: dict[Expr, bool]) -> list[Expr]:
    """Group the parameter-only factors of each product.

    Each node becomes coefficient times core. Denominators that vary are kept whole, because a zero must stay a zero.
    """
    pairs: dict[Expr, tuple[Expr, Expr]] = {}

    def whole(node: Expr) -> Expr:
        coefficient, core = pairs[node]
        return product(coefficient, core)

    for node in order(exprs):
        if fixed[node]:
            # the sign belongs to the core, so that x and -x share a column
            pairs[node] = (node.args[0], MINUS_ONE) if node.op == "neg" else (node, ONE)
        elif node.op == "mul":
            (c0, r0), (c1, r1) = (pairs[a] for a in node.args)
            pairs[node] = (mul(c0, c1), mul(r0, r1))
        elif node.op == "neg":
            c, r = pairs[node.args[0]]
            pairs[node] = (c, neg(r))
        elif node.op in QUOTIENTS and fixed[node.args[1]]:
            c, r = pairs[node.args[0]]
            pairs[node] = (quotient(node.op, c, node.args[1]), r)
        elif node.op in QUOTIENTS:
            c, r = pairs[node.args[0]]
            pairs[node] = (c, quotient(node.op, r, whole(node.args[1])))
        else:
            pairs[node] = (ONE, rebuild(node, tuple(whole(a) for a in node.args)) if node.args else node)
    return [whole(e) for e in exprs]


def _fixed(exprs: Iterable[Expr], parameters: frozenset[str]) -> dict[Expr, bool]:
    """Find which nodes depend only on parameters."""
    fixed: dict[Expr, bool] = {}
    for node in order(exprs):
        if node.op == "symbol":
            fixed[node] = node.value in parameters
        else:
            fixed[node] = all(fixed[a] for a in node.args)
    return fixed


def _hoist(exprs: list[Expr], parameters: frozenset[str]) -> tuple[list[Expr], list[tuple[str, Expr]]]:
    """Replace parameter-only subexpressions by columns; returns those columns too."""
    fixed = _fixed(exprs, parameters)
    setup: dict[Expr, str] = {}
    replaced: dict[Expr, Expr] = {}

    def column(node: Expr) -> Expr:
        if not fixed[node] or not node.args:
            return replaced[node]
        if node not in setup:
            setup[node] = f"_{len(setup)}"
        return symbol(setup[node])

    for node in order(exprs):
        if fixed[node] or not node.args:
            replaced[node] = node
        elif node.op in QUOTIENTS and fixed[node.args[1]] and node.args[1].op != "const":
            inverse = quotient(node.op, ONE, node.args[1])
            fixed[inverse] = True
            replaced[node] = mul(column(node.args[0]), column(inverse))
        else:
            replaced[node] = rebuild(node, tuple(column(a) for a in node.args))
    return [column(e) for e in exprs], [(name, node) for node, name in setup.items()]


def build_kernel(
    name: str,
    inputs: Sequence[str],
    f: Sequence[Expr | float],
    q: Sequence[Expr | float],
    parameters: Iterable[str],
    events: Sequence[Event] = (),
    limits: Sequence[Limit | tuple] = (),
    memories: Mapping[str, Expr] | None = None,
    randoms: Mapping[str, str] | None = None,
    noises: Sequence[Noise] = (),
    displacements: Sequence[tuple[str, str, Expr]] = (),
    locals_: Mapping[str, Expr] | None = None,
    carried: Mapping[str, Expr] | None = None,
    kept: Kept | None = None,
) -> Kernel:
    """Differentiate, hoist and tidy a model's equations.

    Parameters
    ----------
    name : str
    inputs : sequence of str
        Local unknowns.
    f, q : sequence of Expr, as long as `inputs`
        Static residual and charge of each row, in inputs, parameters, memories, ``time``, ``gmin``.
    parameters : iterable of str
        Names of the instances' numbers.
    events : sequence of Event
    limits : sequence of Limit or (plus, minus, vt, vcrit[, on])
        Tuples contain expressions of parameters, for which columns are made.
    memories : mapping of str to Expr, optional
        Names and initial values.
    randoms : mapping of str to str, optional
        Names and distributions.
    noises : sequence of Noise
    displacements : sequence of (plus, minus, Expr)
        Capacitances between two inputs that are not derivatives of a charge, see `_paths`.
    locals_ : mapping of str to Expr, optional
        Symbols in `f` and `q` that stand for expressions, which may use earlier symbols.
    carried : mapping of str to Expr, optional
        Memories that take a new value at every accepted point, and that value.
    kept : Kept, optional
        What they ask of the time steps, if they are variables of the model.

    Returns
    -------
    Kernel

    Raises
    ------
    ValueError
        For a symbol that is not an input, parameter, memory or global, for sizes that do not match, or for an
        event that changes anything but memories and inputs.
    """
    inputs, memories, randoms = tuple(inputs), dict(memories or {}), dict(randoms or {})
    moved, along = _paths(displacements)
    shares = (
        [(SHARE, const(0.5))] if along else []
    )  # no parameter: nothing that depends on it is computed once
    memories |= dict.fromkeys(along, ZERO)
    carried = {**(carried or {}), **along}
    changing = (*memories, *randoms)
    parameters = tuple(p for p in parameters if p not in changing)
    if not len(f) == len(q) == len(inputs):
        raise ValueError(f"{name}: f and q need one expression an input")
    _check_events(name, events, {*memories, *inputs}, randoms)
    static = [as_expr(e) for e in f]
    stored = [add(as_expr(e), moved.get(row, ZERO)) for row, e in zip(inputs, q, strict=True)]
    definitions = dict(locals_ or {})
    G, C = _entries(static, inputs, definitions), _entries(stored, inputs, definitions)
    full = resolved(definitions)
    flat = [*substitute(static, full), *substitute(stored, full), *(e for _, _, e in (*G, *C))]
    flat += [event.condition for event in events] + [e for event in events for _, e in event.updates]
    flat += carried.values()
    unknown = symbols(flat) - {*inputs, *parameters, *changing, *dict(shares), *GLOBALS}
    unknown |= symbols(memories.values()) - {*parameters, *randoms}
    if unknown:
        raise ValueError(f"{name}: unknown symbols in the equations: {', '.join(sorted(unknown))}")
    free = frozenset(parameters)
    flat, setup = _hoist(_gather_factors(flat, _fixed(flat, free)), free)
    limiting, more = _limits(limits)
    setup += [*more, *shares]
    used = symbols(flat) | {c for limit in limiting for c in (limit.vt, limit.vcrit)}
    columns = [*(p for p in parameters if p in used), *changing, *(c for c, _ in setup)]
    m, g, c = len(inputs), len(G), len(C)
    parts = iter(flat)
    take = [[next(parts) for _ in range(count)] for count in (m, m, g, c, len(events))]
    happen = [
        Event(condition, tuple((target, next(parts)) for target, _ in event.updates), event.redraw)
        for condition, event in zip(take[4], events, strict=True)
    ]
    return Kernel(
        name=name,
        inputs=inputs,
        columns=tuple(columns),
        f=tuple(take[0]),
        q=tuple(take[1]),
        G=tuple((row, col, e) for (row, col, _), e in zip(G, take[2], strict=True)),
        C=tuple((row, col, e) for (row, col, _), e in zip(C, take[3], strict=True)),
        events=tuple(happen),
        setup=tuple(setup),
        limits=tuple(limiting),
        memories=tuple(memories.items()),
        randoms=tuple(randoms.items()),
        noises=tuple(noises),
        carried=tuple((column, next(parts)) for column in carried),
        kept=kept,
    )


def _paths(displacements: Sequence[tuple[str, str, Expr]]) -> tuple[dict[str, Expr], dict[str, Expr]]:
    """Charges integrated along the path of the unknowns, by row, and the memories they need.

    The charge at a point is the charge at the last accepted point, plus the mean of the capacitances at both points
    times the change of the voltage. The shares of the two in the mean are columns, so that other formulas can be had:
    Runge-Kutta steps replace them, see displacements.pyx.
    """
    rows: dict[str, Expr] = {}
    carried: dict[str, Expr] = {}
    for k, (plus, minus, capacitance) in enumerate(displacements):
        voltage = sub(symbol(plus), symbol(minus))
        change = sub(voltage, symbol(f"{VOLTAGE}{k}"))
        part = mul(symbol(SHARE), capacitance)
        charge = add(symbol(f"_charge{k}"), mul(add(part, symbol(f"{CAPACITANCE}{k}")), change))
        carried |= {f"{VOLTAGE}{k}": voltage, f"{CAPACITANCE}{k}": part, f"_charge{k}": charge}
        rows[plus] = add(rows.get(plus, ZERO), charge)
        rows[minus] = sub(rows.get(minus, ZERO), charge)
    return rows, carried


def _check_events(name: str, events: Sequence[Event], targets: set[str], randoms: Mapping[str, str]) -> None:
    for event in events:
        for word in (target for target, _ in event.updates if target not in targets):
            raise ValueError(f"{name}: an event changes {word}, which is neither memory nor state")
        for word in (random for random in event.redraw if random not in randoms):
            raise ValueError(f"{name}: an event draws {word}, which is no random number")
    for random, kind in randoms.items():
        if kind not in DISTRIBUTIONS:
            raise ValueError(
                f"{name}: {random} is {kind}; known distributions are {', '.join(DISTRIBUTIONS)}"
            )


def _limits(
    limits: Sequence[Limit | tuple],
) -> tuple[list[Limit], list[tuple[str, Expr]]]:
    limiting, setup = [], []
    for k, limit in enumerate(limits):
        if not isinstance(limit, Limit):
            plus, minus, vt, vcrit, *on = limit
            setup += [(f"_vt{k}", as_expr(vt)), (f"_vcrit{k}", as_expr(vcrit))]
            limit = Limit(plus, minus, f"_vt{k}", f"_vcrit{k}", *on)
        limiting.append(limit)
    return limiting, setup
