"""Wrong values, equivalent values, and what errors may call an argument, for `bench.edges`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from circuitnn import Crossbar

WRONG: dict[str, Any] = {
    "None": None,
    "an object": object(),
    "a class": int,
    "bytes": b"x",
    "a complex number": 1j,
    "a text": "abc",
    "an empty text": "",
    "a mapping": {"zz": 1},
    "a half": 2.5,
    "a list of texts": ["a", "b"],
    "a set": {1.5},
    "a ragged list": [[1], [1, 2]],
    "an empty list": [],
    "a function": abs,
    "an integer": 7,
    "NaN": float("nan"),
    "minus one": -1,
    "a huge number": 10**400,
    "a huge count": 1e30,
    "a wrong length": [1.0] * 9,
}
# For each wrong value, words in an annotation that allow it.
ALLOWED = {
    "None": ("None", "Any", "object"),
    "an object": ("Any", "object"),
    "a class": ("Any", "object"),
    "bytes": ("Any", "object", "PathLike"),
    "a complex number": ("Any", "object"),
    "a text": ("str", "Any", "object", "Value", "Number", "Ends", "Joined"),
    "an empty text": ("str", "Any", "object", "Value", "Number", "Ends", "Joined", "Pathlike"),
    "a mapping": ("Mapping", "dict", "Any", "object", "Waves", "Corner"),
    "a half": ("float", "ArrayLike", "ndarray", "Value", "Number", "Any", "object", "Sequence"),
    "a list of texts": ("Sequence", "Any", "object", "Ends", "list", "tuple[str", "Iterable"),
    "a set": ("Any", "object", "Iterable"),
    "a ragged list": ("Any", "object"),
    "an empty list": ("Sequence", "list", "Any", "object", "ndarray", "ArrayLike", "Iterable", "Ends"),
    "a function": ("Callable", "Any", "object", "Follow", "Progress", "Build", "Told"),
    "an integer": (
        "int",
        "float",
        "ArrayLike",
        "ndarray",
        "Value",
        "Number",
        "Any",
        "object",
        "Sequence",
        "Ends",
        "bool",
    ),
    "NaN": ("float", "ArrayLike", "ndarray", "Value", "Number", "Any", "object", "Sequence"),
    "minus one": (
        "int",
        "float",
        "ArrayLike",
        "ndarray",
        "Value",
        "Number",
        "Any",
        "object",
        "Sequence",
        "Ends",
    ),
    "a huge number": (),
    "a huge count": ("int", "float", "ArrayLike", "ndarray", "Value", "Number", "Any", "object", "Sequence"),
    "a wrong length": ("Any", "object", "Sequence[float]", "Sequence[int]", "Sequence[str"),
}
# How annotations of the package that stand for others are read.
ALIASES = {"Real": "float", "Size": "int", "Seed": "int", "Node": "str | int"}
# Classes whose numbers are compared with the size of an array or network when they are used in one, with an error
# then; and functions that take any shape.
WITHOUT_SIZE = (
    "neural.PulseResponse.state",
    "neural.PulseResponse.conductance",
    "Conductance",
    "Resistance",
    "Complementary",
    "Bias",
    "MVM",
    "Complementary.from_weights",
    "networks.vanadium_dioxide",
    "networks.niobium_dioxide",
    "networks.chaotic_niobium_dioxide",
    "networks.thermal_neuristor",
    "networks.integrate_and_fire",
    "networks.Hopfield.settle",
    "returned.PhaseNoise.spectrum",
)
# Arguments whose positive numbers may ask for hours of work that make sense.
LONG = (
    "tstop",
    "tstab",
    "frequency",
    "epochs",
    "samples",
    "most",
    "neurons",
    "starts",
    "steps",
    "points",
    "t1",
)


def equivalents(value: Any) -> Iterator[tuple[str, Any]]:
    """Other forms of the same value."""
    if isinstance(value, bool):
        yield from (("a NumPy bool", np.bool_(value)), ("0 or 1", int(value)))
    elif isinstance(value, int):
        yield from (
            ("an int64", np.int64(value)),
            ("a float", float(value)),
            ("a uint8", np.uint8(value % 256)) if 0 <= value < 256 else ("an int64", np.int64(value)),
        )
        yield "an array without axes", np.array(value)
    elif isinstance(value, float):
        yield from (("a float64", np.float64(value)), ("an array without axes", np.array(value)))
        yield "a text", repr(value)
    elif isinstance(value, list) and value and rectangular(value):
        array = np.array(value, dtype=float)
        yield from (
            ("an array", array),
            ("columns first", np.asfortranarray(array)),
            ("tuples", _tuples(value)),
        )
        locked = array.copy()
        locked.flags.writeable = False
        yield from (("read-only", locked), ("a strided view", np.repeat(array, 2, axis=-1)[..., ::2].view()))
        yield "a masked array", np.ma.array(array)


def rectangular(value: list[Any]) -> bool:
    """Whether nested lists are an array of numbers."""
    try:
        return np.asarray(value).dtype.kind in "if"
    except ValueError:
        return False


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


# Functions whose keywords are names of the user's own.
FREE = frozenset(("studies.Grid", "studies.Points", "Circuit.param"))
# Functions whose keywords are looked up when what they make is used, and such a use.
USES: dict[str, Callable[[Any], Any]] = {
    "load": lambda circuit: circuit.op(),
    "Circuit.from_text": lambda circuit: circuit.op(),
    "Circuit.with_parameters": lambda circuit: circuit.op(),
    "Circuit.with_options": lambda circuit: circuit.op(),
    "Circuit.model": lambda circuit: circuit.element("d9", "in", 0, "dx").op(),
    "Circuit.element": lambda circuit: circuit.op(),
    "crossbar.Device": lambda cell: Crossbar(1, 2, cell),
}


# Classes whose attributes are meant to be set, and why.
MUTABLE = {
    "Dense": "training",
    "Network": "training",
    "MappedLayer": "training; what it is mapped to is sealed",
    "OnArray": "training",
    "Pulsed": "training",
    "SpikingArray": "training",
    "History": "grows",
}


# Other words for an argument, of messages that name what it stands for.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "": ("model",),
    "cell": ("conductance", "model"),
    "source": ("to follow", "weights"),
    "harms": ("points",),
    "sweeps": ("mapping gives",),
    "levels": ("variable",),
    "value": ("conductance",),
    "values": ("conductance", "resistance", "values", "in this state"),
    "x": ("input",),
    "x0": ("x",),
    "g_min": ("conductances from",),
    "g_max": ("conductances from",),
    "scheme": ("bias", "points failed"),
    "title": ("title",),
    "others": ("signal", "variable", "name"),
    "signals": ("signal", "variable", "name"),
    "name": ("variable", "name", "array", "state", "to follow", "unknown", "independent source"),
    "signal": ("variable",),
    "expression": ("variable", "expected a number"),
    "level": ("rises",),
    "frequency": ("fundamental",),
    "grid": ("points",),
    "stop": ("voltages so high", "step", "frequenc", "start", "range", "points"),
    "start": ("voltages so high", "frequenc", "step", "range", "points"),
    "step": ("sweep", "points"),
    "fields": ("node", "r9"),
    "by_output": ("output",),
    "lines": ("line",),
    "path": ("file", "x", "abc", "directory"),
    "text": ("deck", "text"),
    "inputs": ("input", "one per example"),
    "outputs": ("one per example",),
    "names": ("responses",),
    "spread": ("conductance",),
    "selected": ("cell",),
    "positive": ("cells",),
    "negative": ("cells",),
    "weights": ("weight", "bias"),
    "body": ("cards",),
    "stuck": ("faults", "cell"),
    "opens": ("faults", "cell"),
    "shorts": ("faults", "cell"),
    "open_word": ("faults", "segment"),
    "open_bit": ("faults", "segment"),
    "what": ("no ", "draw"),
    "corner": ("deck",),
    "corners": ("corner",),
    "first": ("cell", "stack"),
    "second": ("cell", "stack"),
    "other": ("cell", "stack", "array"),
    "time": ("t =",),
    "build": ("points failed",),
    "line_resistance": ("wordline_resistance",),
    "rows": ("end", "segments", "shape"),
    "cols": ("end", "shape"),
    "width": ("pulse",),
    "rise": ("pulse",),
    "fall": ("pulse",),
    "count": ("exponents",),
    "ratio": ("f2",),
}


def names(error: Exception, argument: str, function: str) -> bool:
    """Whether an error names an argument (or a part of it), as a word of its message."""
    text = str(error).lower()
    word = argument.lstrip("*").lower()
    stems = {
        word,
        word.rstrip("s"),
        word.replace("_", " "),
        word.rstrip("s").replace("_", " "),
        *SYNONYMS.get(word, ()),
    }
    return any(stem and re.search(rf"\b{re.escape(stem)}", text) for stem in stems)
