"""Ranges of parameters as conditions: for those whose ends or values follow from other parameters."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce

from circuitnn.veriloga import tree


def checks(parameter: tree.Parameter, shown: str) -> Iterator[tree.Analog]:
    """Blocks that refuse values outside the ranges of a parameter."""
    allowed = [_within(parameter, each) for each in parameter.ranges if not each.exclude]
    bad = [_within(parameter, each) for each in parameter.ranges if each.exclude]
    if allowed:
        bad.append(tree.Unary("!", reduce(_either, allowed), parameter.at))
    for condition in bad:
        text = tree.String(f"{shown} = %g lies outside of its range", parameter.at)
        if parameter.kind == "string":
            text = tree.String(f'{shown} = "%s" {_words(parameter)}', parameter.at)
        arguments = (text, tree.Name(parameter.name, parameter.at))
        task = tree.Task(tree.Call("$error", arguments, parameter.at), parameter.at)
        yield tree.Analog(False, tree.If(condition, task, None, parameter.at), parameter.at)


def _words(parameter: tree.Parameter) -> str:
    """What is wrong with a word outside of the ranges of a parameter."""
    known = [
        w.value
        for each in parameter.ranges
        if not each.exclude
        for w in each.words
        if isinstance(w, tree.String)
    ]
    return f"is none of {', '.join(known)}" if known else "is excluded"


def guarded(module: tree.Module) -> tree.Module:
    """The module with checks of those of its parameters whose ranges end where other parameters say."""
    own = [item for item in module.items if isinstance(item, tree.Parameter) and not item.local]
    following = [
        p for p in own if p.kind == "string" or any(isinstance(e, tree.Name) for e in tree.within(p.ranges))
    ]
    blocks = [_unless_usual(item, check) for item in following for check in checks(item, item.name)]
    return module._replace(items=(*module.items, *blocks)) if blocks else module


def _unless_usual(parameter: tree.Parameter, check: tree.Analog) -> tree.Analog:
    """A default counts as valid, whatever the range says, as that of numbers does."""
    assert isinstance(check.body, tree.If)
    other = tree.Binary("!=", tree.Name(parameter.name, parameter.at), parameter.default, parameter.at)
    condition = tree.Binary("&&", other, check.body.condition, parameter.at)
    return check._replace(body=check.body._replace(condition=condition))


def _either(a: tree.Expression, b: tree.Expression) -> tree.Expression:
    return tree.Binary("||", a, b, b.at)


def _within(parameter: tree.Parameter, each: tree.Range) -> tree.Expression:
    """Whether the parameter lies within a range."""
    name, at = tree.Name(parameter.name, parameter.at), each.at
    if each.words:
        same: list[tree.Expression] = [tree.Binary("==", name, word, at) for word in each.words]
        return reduce(_either, same)
    if each.low is not None and each.low is each.high:
        return tree.Binary("==", name, each.low, at)
    condition: tree.Expression = tree.Number(1, at)
    if each.low is not None:
        condition = tree.Binary(">" if each.low_open else ">=", name, each.low, at)
    if each.high is not None:
        high = tree.Binary("<" if each.high_open else "<=", name, each.high, at)
        condition = tree.Binary("&&", condition, high, at)
    return condition
