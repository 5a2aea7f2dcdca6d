"""Every parameter of every model at the ends of what it may be: refused with its place, or the formula has a value."""

from __future__ import annotations

import math

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.equations.graph import symbols
from circuitnn.equations.unclamped import exact
from circuitnn.errors import AnalysisError, NetlistError
from circuitnn.models import known
from circuitnn.netlist.ranges import outside, range_fault

EXTREME = (0.0, -1.0, 1.0, 1e-320, -1e-320, 1e-300, -1e-300, 1e-30, math.inf, -math.inf)
# Divisors that hang on two parameters, of which check-model tells: no range of one of them can say it.
RELATIONS = {("team", "xoff"), ("team_logit", "xoff"), ("jfet", "vto")}  # xoff - xon, pb - vto
RELATIONS |= {
    ("bsim3", "vbm"),
    ("bsim3", "k1"),
    ("bsim3", "nlx"),
}  # phi - vbx and vbm, k1, nlx against the length
RELATIONS |= {("b3soipd", name) for name in ("vbm", "k1", "nlx")}  # the same
RELATIONS |= {("bsim4", name) for name in ("vbm", "k1", "lpe0", "lpeb")}  # the same
# The package's own: those that other tests register may have no ranges at all.
OWN = {name: model for name, model in known().items() if model.__module__.startswith("circuitnn.models.")}


def depends_on_size(name, parameter):
    """What adds to another parameter with the size of a transistor: the sum is what has a range."""
    return (
        name in ("b3soipd", "bsim3", "bsim4")
        and parameter[0] in "lwp"
        and parameter[1:] in {p.name for p in OWN[name].parameters}
    )


def defaults(model):
    """Values of all parameters where a card says nothing, at 27 °C."""
    parameters = (*model.parameters, *model.instance_parameters)
    values = {p.name: p.default for p in parameters if not isinstance(p.default, str)}
    values |= {p.name: values.get(p.default, 1.0) for p in parameters if isinstance(p.default, str)}
    values |= {name: 27.0 for name in ("temp", "tnom") if math.isnan(values.get(name, math.nan))}
    return {**values, "gmin": 1e-12, "time": 0.0, "temper": 27.0}


def formulas(kernel):
    """Columns computed from the parameters alone, with these; what steers Newton's limits does not matter."""
    steering = {name for limit in kernel.limits for name in (limit.vt, limit.vcrit)}
    return [(name, e, symbols([e])) for name, e in kernel.setup if name not in steering]


def without_value(columns, values):
    """Columns that are not finite."""
    wrong = {}
    for name, expression, names in columns:
        value, culprit = exact(expression, {s: values.get(s, 1.0) for s in names})
        if culprit is not None or not np.all(np.isfinite(value)):
            wrong[name] = repr(culprit)
    return wrong


@pytest.mark.thinned(7)
@pytest.mark.parametrize("name", sorted(OWN))
def test_a_value_that_is_taken_leaves_every_formula_a_value(name):
    model = OWN[name]
    columns, values = formulas(model.kernel()), defaults(model)
    assert without_value(columns, values) == {}, "defaults"
    for parameter in (*model.parameters, *model.instance_parameters):
        if (name, parameter.name) in RELATIONS or depends_on_size(name, parameter.name):
            continue
        changed = [column for column in columns if parameter.name in column[2]]
        for value in EXTREME:
            if outside(parameter, np.array([value])).size:
                assert parameter.name in range_fault(parameter, value)
                continue
            found = without_value(changed, {**values, parameter.name: value})
            assert found == {}, f"{parameter.name} = {value:g}: {found}"


@pytest.mark.parametrize("name", sorted(m.name for m in OWN.values() if m.letter == "n"))
def test_a_value_that_is_refused_is_so_everywhere(name):
    """On the model's card, on the instance, by a change: one sentence, with its place where there is one."""
    model = OWN[name]
    (parameter, value) = next(
        ((p, v) for p in model.parameters for v in EXTREME[:6] if outside(p, np.array([v])).size), (None, 0.0)
    )
    assert parameter is not None
    nodes = " ".join(f"n{k}" for k in range(len(model.named_terminals())))
    control = " v1" if model.control else ""
    deck = "t\nv1 n0 0 1\n" + "".join(f"r{k} n{k} 0 1k\n" for k in range(len(model.named_terminals())))
    text = f"{parameter.name}={value!r}"
    instance = f"n1 {nodes}{control} m"
    for cards in (
        f"{instance}\n.model m {model.types()[0]} {text}\n",
        f"{instance} {text}\n.model m {model.types()[0]}\n",
    ):
        with pytest.raises(NetlistError, match=rf"deck:\d+: '{parameter.name}' = "):
            _ = Circuit.from_text(deck + cards).flat
    good = Circuit.from_text(f"{deck}{instance}\n.model m {model.types()[0]}\n")
    with pytest.raises(AnalysisError, match=f"n1: '{parameter.name}' = "):
        good.altered({("n1", parameter.name): value})
    with pytest.raises(NetlistError, match=f"'{parameter.name}' = "):
        good.altered(models={"m": {parameter.name: value}})
