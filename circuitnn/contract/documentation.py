"""Checks of a model's self-description: parameters, units, source, claims, published sets."""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Iterator

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.models import forms, lookup
from circuitnn.models.model import CLAIMS, Model, Parameter
from circuitnn.models.reference import page_of

SOURCE = re.compile(r"doi:\s*10\.\d+/|arXiv:\s*\d|https?://|^References\n-+$", re.MULTILINE | re.IGNORECASE)
NO_DEVICE = re.compile(r"no(t a)? (measured )?device|test bench|teaching model", re.IGNORECASE)
_BASE = "m|g|s|A|K|V|Ohm|Ω|S|F|H|C|J|W|Hz|eV|T|Wb|N|Pa|mol|rad|deg|°C|°|decade|e-fold|dB|%"
_UNIT = re.compile(rf"√?[fpnuµmkMGT]?(?:{_BASE})(?:\^?-?\d|[⁻¹²³⁴⁵])*|1|cm(?:\^?-?\d|[⁻¹²³])*|kg")


def described(case: Case) -> Outcome:
    """Meanings, units, ranges, defaults, source."""
    outcome = Outcome(
        "description",
        "every parameter and state has a meaning, a known unit and a default within its range; the page "
        "names a source or says that no device is meant; claims and sets are known",
    )
    for problem in (*_parameters(case.model), *_states(case), *_page(case.model), *_extras(case.model)):
        outcome.require(False, problem)
    return outcome


def is_unit(text: str) -> bool:
    """Whether a text is a product or quotient of SI units, eV and °C; empty for a plain number."""
    words = re.split(r"[\s·*/()]+", text.strip())
    return all(_UNIT.fullmatch(word) for word in words if word)


def _parameters(model: type[Model]) -> Iterator[str]:
    listed = (*model.parameters, *model.instance_parameters)
    for p in listed:
        yield from _parameter(p, [q.name for q in model.parameters])
    names = [n for p in model.parameters for n in (p.name, *p.aliases)]
    for name in sorted({n for n in names if names.count(n) > 1}):
        yield f"two parameters are called {name}"


def _parameter(p: Parameter, names: list[str]) -> Iterator[str]:
    if not p.meaning.strip():
        yield f"parameter {p.name} has no meaning"
    if not is_unit(p.unit):
        yield f"parameter {p.name}: '{p.unit}' is not a unit"
    if not p.low <= p.high:
        yield f"parameter {p.name}: its range {p.low:g} … {p.high:g} is empty"
    elif isinstance(p.default, str):
        if p.default not in names:
            yield f"parameter {p.name}: its default {p.default} is not a parameter"
    elif not math.isnan(p.default) and not p.low <= p.default <= p.high:
        yield f"parameter {p.name}: its default {p.default:g} is outside {p.low:g} … {p.high:g}"


def _states(case: Case) -> Iterator[str]:
    for s in case.model.states:
        if not s.meaning.strip():
            yield f"state {s.name} has no meaning"
        if not is_unit(s.unit):
            yield f"state {s.name}: '{s.unit}' is not a unit"
        start = case.starts[s.name]
        if not np.all((start >= s.low) & (start <= s.high)):
            yield f"state {s.name} may start outside its range {s.low:g} … {s.high:g}"
        if not s.tolerance > 0.0:
            yield f"state {s.name}: its tolerance must be above 0"


def _page(model: type[Model]) -> Iterator[str]:
    text, module = page_of(model), inspect.getmodule(model)
    if len(text) < 100:
        yield "the file's docstring, which is the model's page, is nearly empty"
    elif not SOURCE.search(text) and not NO_DEVICE.search(text):
        yield "the page names no source (doi:, arXiv:, a References section) and does not say 'no device is claimed'"
    try:
        body = ast.parse(inspect.getsource(module)).body if module else []
    except OSError:  # a class defined interactively has no file
        body = []
    if any(isinstance(n, ast.Import | ast.ImportFrom) and "numpy" in ast.dump(n) for n in body):
        yield "the file imports numpy: equations are expressions, not arrays"


def _extras(model: type[Model]) -> Iterator[str]:
    for claim in sorted(model.claims - CLAIMS):
        yield f"the claim '{claim}' is none of {', '.join(sorted(CLAIMS))}"
    for word in model.types():
        meant = [lookup(model.letter, word, n) for n in model.levels or (1,)]
        # one more node on the card means the same with a thermal node
        if any(
            other is not model and model not in forms([other] if other else []).values() for other in meant
        ):
            yield f"a card of type {word} means another model"
    for node in set(model.collapse) - set(model.internal):
        yield f"{node} collapses but is not an inner node"
    known = {p.name: p for p in model.parameters}
    if model.sets and "set" in known:
        yield "no parameter can be called set, which selects a published set"
    for name, chosen in model.sets.items():
        if not SOURCE.search(chosen.source) and not NO_DEVICE.search(chosen.source):
            yield f"set {name}: '{chosen.source}' is not a source (doi:, arXiv:, https://)"
        for parameter, value in chosen.values.items():
            if parameter not in known:
                yield f"set {name} gives {parameter}, which is not a parameter"
            elif not known[parameter].low <= value <= known[parameter].high:
                yield f"set {name}: {parameter} = {value:g} is outside its range"
