"""Edges of the API: random wrong and equivalent arguments for every public function and method.

python -m bench.edges 1 2000          # seed, count
python -m bench.edges 1 2000 neural.  # of these names only

Each draw takes a good call (`bench.good_calls`), changes one argument and demands:

- an equivalent value (NumPy scalar, list for array, other memory order) gives the same result, or is refused by name;
- a value of a wrong kind is refused by an error of the package that names the argument;
- an argument is not changed by the call, and changing it afterwards does not change what the call made;
- a transposed matrix, an unknown keyword, a forgotten first argument are errors;
- the result survives pickle and deepcopy, and equals its copy if it is a value;
- attributes cannot be set without effect.
"""

from __future__ import annotations

import copy
import importlib
import inspect
import os
import pickle
import re
import signal
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from bench.edge_values import (
    ALIASES,
    ALLOWED,
    FREE,
    LONG,
    MUTABLE,
    USES,
    WITHOUT_SIZE,
    WRONG,
    equivalents,
    names,
    rectangular,
)
from bench.good_calls import ELSEWHERE, GOOD
from bench.good_calls.made import FOLDER
from bench.good_calls.returned import RETURNED
from bench.seen import seen
from circuitnn.errors import CircuitnnError
from circuitnn.machine.frozen_values import Fixed, Plain

PACKAGES = (
    "circuitnn",
    "circuitnn.crossbar",
    "circuitnn.networks",
    "circuitnn.studies",
    "circuitnn.neural",
    "circuitnn.results",
)
MISSING = object()


def public() -> dict[str, Callable[..., Any]]:
    """Every public function, class and method by its name without the package's."""
    found: dict[str, Callable[..., Any]] = {}
    known: set[int] = set()
    for package in PACKAGES:
        module = importlib.import_module(package)
        prefix = package.partition(".")[2] + "." if "." in package else ""
        for name in module.__all__ if hasattr(module, "__all__") else dir(module):
            thing = getattr(module, name)
            if not callable(thing) or id(thing) in known or _is_error(thing):
                continue
            known.add(id(thing))
            found[f"{prefix}{name}"] = thing
            if inspect.isclass(thing):
                found |= {f"{prefix}{name}.{m}": getattr(thing, m) for m in methods(thing)}
    known_methods = {id(inspect.unwrap(function)) for function in found.values()}
    for cls in RETURNED:  # what users get from analyses and arrays, and do not make
        own = {m: getattr(cls, m) for m in methods(cls)}
        found |= {
            f"returned.{cls.__name__}.{m}": function
            for m, function in own.items()
            if id(inspect.unwrap(function)) not in known_methods
        }
    return found


def _is_error(thing: object) -> bool:
    return inspect.isclass(thing) and issubclass(thing, BaseException)


def methods(cls: type) -> list[str]:
    """Public methods of a class of the package; those of element letters have a test of their own."""
    from circuitnn.registry.analyses import ANALYSES

    own = {n for c in cls.__mro__ if c.__module__.startswith("circuitnn") for n in vars(c)}
    if cls.__name__ == "Circuit":
        own |= set(ANALYSES)
    data = (property, type(cls.__dict__.get("__weakref__")))
    found = []
    letters = cls.__name__ == "Circuit"
    for name in sorted(n for n in own if n[0] != "_" and not (letters and len(n) == 1)):
        static = inspect.getattr_static(cls, name)
        if isinstance(static, data) or type(static).__name__ == "cached_property":
            continue
        if callable(getattr(cls, name)):
            found.append(name)
    return found


def uncovered() -> set[str]:
    """Public names without a good call and without a reason."""
    elsewhere = {name for names in ELSEWHERE.values() for name in names.split()}
    return set(public()) - set(GOOD) - elsewhere


@dataclass
class Ready:
    """A call that is about to be made."""

    function: Callable[..., Any]
    arguments: dict[str, Any]

    def __call__(self) -> Any:
        """Make the call."""
        words = dict(self.arguments)
        places = words.pop("*", [])
        more = words.pop("**", {})
        star = next((k for k in words if k[0] == "*"), None)
        if star is not None:  # what comes before must be given by position
            names = list(words)
            before = [words.pop(name) for name in names[: names.index(star)]]
            return self.function(*before, *words.pop(star), **words, **more)
        return self.function(*places, **words, **more)


def fresh(value: Any) -> Any:
    """An argument made anew."""
    if (inspect.isfunction(value) and not inspect.signature(value).parameters) or type(
        value
    ).__name__ == "_lru_cache_wrapper":
        return value()
    if isinstance(value, dict):
        return {key: fresh(item) for key, item in value.items()}
    return copy.deepcopy(value) if isinstance(value, list) else value


def ready(name: str) -> Ready:
    """The good call of a name."""
    make, arguments = GOOD[name]
    given = {key: fresh(value) for key, value in arguments.items()}
    if make is None:
        return Ready(public()[name], given)
    return Ready(getattr(make(), name.rpartition(".")[2]), given)


def annotation(function: Callable[..., Any], name: str) -> str:
    """What an argument may be, as its signature says."""
    parameters = inspect.signature(function).parameters
    for p in parameters.values():
        if p.name == name.lstrip("*") or (p.kind is p.VAR_KEYWORD and name not in parameters):
            said = f"{p.annotation}{' | None' if p.default is None else ''}"
            return re.sub(r"\w+", lambda word: ALIASES.get(word[0], word[0]), said)
    return "Any"


def outcome(call: Ready, said: list[str] | None = None) -> Any:
    """What a call gives; `said` takes its warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        made = call()
        made = list(made) if inspect.isgenerator(made) else made
    if said is not None:
        said += [str(warning.message) for warning in caught]
    return made


@dataclass(frozen=True)
class Draw:
    """One change of one call."""

    name: str
    argument: str
    kind: str
    value: Any = None

    def __str__(self) -> str:
        return f"{self.name}: {self.argument} is {self.kind}"


def draws(name: str) -> list[Draw]:
    """All changes of the good call of a name."""
    call = ready(name)
    outcome(call)  # records know their signature afterwards
    found = [
        Draw(name, "", kind)
        for kind in ("copied", "an unknown keyword", "attributes set", "its first argument forgotten")
    ]
    for argument, value in call.arguments.items():
        if argument[:1] == "*":
            continue
        said = annotation(call.function, argument)
        for kind, wrong in WRONG.items():
            if argument in LONG and kind in ("an integer", "a half", "a huge count"):
                continue
            if kind == "a huge number" and any(word in said for word in ("Any", "object", "str")):
                continue
            found.append(Draw(name, argument, kind, wrong))
        found += [Draw(name, argument, f"{kind} (equivalent)", same) for kind, same in equivalents(value)]
        if isinstance(value, list) and rectangular(value):
            found.append(Draw(name, argument, "changed afterwards"))
            if np.ndim(value) == 2 and len(value) != len(value[0]):
                found.append(Draw(name, argument, "transposed", np.array(value).T))
        if isinstance(value, dict):
            found.append(Draw(name, argument, "changed afterwards"))
    return found


def fault(draw: Draw) -> str:
    """What is wrong with the outcome of a draw; empty if nothing."""
    special = {
        "copied": copied,
        "an unknown keyword": unknown,
        "attributes set": attributes,
        "its first argument forgotten": forgotten,
        "changed afterwards": changed,
    }.get(draw.kind)
    if special is not None:
        return special(draw)
    call = ready(draw.name)
    base = seen(outcome(ready(draw.name)))
    said = annotation(call.function, draw.argument)
    call.arguments[draw.argument] = draw.value
    warned: list[str] = []
    try:
        made = outcome(call, warned)
    except Exception as error:
        return _of_error(error, draw, said)
    if any(names(Exception(text), draw.argument, draw.name) for text in warned):
        return ""
    if draw.kind.endswith("(equivalent)"):
        same = seen(made)
        return "" if same == base else f"gives {str(same)[:80]} for {str(base)[:80]}"
    if draw.name.removeprefix("crossbar.") in WITHOUT_SIZE and draw.kind in ("transposed", "a wrong length"):
        return ""
    if draw.kind == "transposed":
        return "is accepted"
    if any(word in said for word in ALLOWED[draw.kind]):
        return ""
    return f"is accepted ({said})"


def _of_error(error: Exception, draw: Draw, said: str) -> str:
    path = "PathLike" in said and isinstance(error, OSError | ValueError)
    if not path and not isinstance(error, CircuitnnError):
        return f"{type(error).__name__}: {str(error)[:120]}"
    if "a fault of circuitnn" in str(error):
        return str(error)[:160]
    return "" if path or names(error, draw.argument, draw.name) else f"is not named: {str(error)[:120]}"


def copied(draw: Draw) -> str:
    """Pickle, deepcopy, equality."""
    made = outcome(ready(draw.name))
    base = seen(made)
    if callable(made) or type(made).__name__ in ("Figure", "Picture"):
        return ""
    for how, twin in (
        ("pickle", lambda: pickle.loads(pickle.dumps(made))),
        ("deepcopy", lambda: copy.deepcopy(made)),
    ):
        try:
            other = twin()
        except Exception as error:
            return f"{how} of {type(made).__name__}: {type(error).__name__}: {str(error)[:100]}"
        if seen(other) != base:
            return f"{how} of {type(made).__name__} is another one"
        if isinstance(made, Plain | Fixed) and not (other == made and hash(other) == hash(made)):
            return f"{how} of {type(made).__name__} is not equal to it"
    if isinstance(made, Plain | Fixed) and outcome(ready(draw.name)) != made:
        return f"two of {type(made).__name__} made alike are not equal"
    return ""


def unknown(draw: Draw) -> str:
    """A keyword that nobody knows."""
    call = ready(draw.name)
    call.arguments["zz_unknown"] = 1.0
    if any(
        p.kind is p.VAR_KEYWORD and draw.name in FREE
        for p in inspect.signature(call.function).parameters.values()
    ):
        return ""
    warned: list[str] = []
    try:
        made = outcome(call, warned)
        if draw.name in USES:
            outcome(Ready(USES[draw.name], {"*": [made]}), warned)
        if any("zz_unknown" in text for text in warned):
            return ""
    except Exception as error:
        known = isinstance(error, CircuitnnError | TypeError)
        return "" if known and "zz_unknown" in str(error) else f"{type(error).__name__}: {str(error)[:120]}"
    return "is accepted"


def forgotten(draw: Draw) -> str:
    """All arguments by position, without the first one: an error, unless all others are texts or optional."""
    call = ready(draw.name)
    required = [
        p
        for p in inspect.signature(call.function).parameters.values()
        if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD
    ]
    given = [call.arguments[p.name] for p in required if p.name in call.arguments]
    if len(given) < len(required) or not required:
        return ""
    try:
        outcome(Ready(call.function, {"*": given[1:]}))
    except Exception as error:
        good = isinstance(error, TypeError | CircuitnnError)
        return "" if good else f"{type(error).__name__}: {str(error)[:120]}"
    return "is accepted"


def attributes(draw: Draw) -> str:
    """Attributes of what is made are refused, or private."""
    made = outcome(ready(draw.name))
    if (
        not type(made).__module__.startswith("circuitnn")
        or type(made).__name__ in MUTABLE
        or "Picture" in type(made).__name__
    ):
        return ""
    for attribute in (
        [a for a in vars(made) if a[0] != "_"] + ["zz_unknown"] if hasattr(made, "__dict__") else []
    ):
        try:
            setattr(made, attribute, 8)
        except (AttributeError, TypeError):
            continue
        return f"{type(made).__name__}.{attribute} can be set"
    return ""


def changed(draw: Draw) -> str:
    """An argument that is changed after the call changes nothing of what was made; the call does not change it."""
    call = ready(draw.name)
    value = call.arguments[draw.argument]
    value = call.arguments[draw.argument] = (
        np.array(value, dtype=float) if isinstance(value, list) else dict(value)
    )
    before = copy.deepcopy(value)
    try:
        made = outcome(call)
    except CircuitnnError:
        return ""
    if seen(value) != seen(before):
        return "is changed by the call"
    base = seen(made)
    if isinstance(value, dict):
        value.clear()
    else:
        value *= 10.0
    return "" if made is value or seen(made) == base else "is kept by reference"


PATIENCE = 60  # for one draw [s]


def _too_long(*_: object) -> NoReturn:
    raise TimeoutError


def main(seed: int, count: int, prefix: str = "") -> int:
    """Draw and report; return the number of faults."""
    signal.signal(signal.SIGALRM, _too_long)
    os.chdir(FOLDER)  # a text is also the name of a file
    rng = np.random.default_rng(seed)
    chosen = [name for name in GOOD if name.startswith(prefix)]
    everything = [draw for name in chosen for draw in draws(name)]
    order = rng.permutation(len(everything))[:count]
    found = 0
    for k in order.tolist():
        signal.alarm(PATIENCE)
        try:
            what = fault(everything[k])
        except TimeoutError:
            what = f"takes more than {PATIENCE} s"
        signal.alarm(0)
        if what:
            found += 1
            print(f"{everything[k]}: {what}", flush=True)
    lacking = sorted(uncovered())
    print(f"{found} faults in {len(order)} of {len(everything)} draws, seed {seed}")
    print(f"not covered: {', '.join(lacking) or 'none'}")
    return found + len(lacking)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]) > 0)
