"""Docstrings of the public functions are complete numpydoc: every parameter, what is returned, what is raised."""

import ast
import inspect
import re
import textwrap
from importlib import import_module

import pytest

from circuitnn.options import Options
from circuitnn.registry.analyses import ANALYSES

MODULES = (
    "circuitnn",
    "circuitnn.ngspice.control",
    "circuitnn.contract",
    "circuitnn.crossbar",
    "circuitnn.crossbar.evolution",
    "circuitnn.crossbar.metrics",
    "circuitnn.machine.budget",
    "circuitnn.models",
    "circuitnn.netlist",
    "circuitnn.networks",
    "circuitnn.networks.perturbations",
    "circuitnn.neural",
    "circuitnn.neural.examples",
    "circuitnn.options",
    "circuitnn.results.harmonics",
    "circuitnn.transient.equations",
    "circuitnn.solvers.controllers",
    "circuitnn.results.evaluation",
    "circuitnn.results.measure",
    "circuitnn.results.plot",
    "circuitnn.results.quantities",
    "circuitnn.results.rawfile",
    "circuitnn.studies",
    "circuitnn.studies.pulse_averaging",
    "circuitnn.studies.random_arrays",
    "circuitnn.studies.programming",
    "circuitnn.studies.protocol",
    "circuitnn.units",
)
# Functions of these modules are methods of `Circuit` and `Result`, which are their first parameter.
FACES = (
    "circuitnn.circuit.crossbars",
    *(f"circuitnn.analyses.{name}" for name in ANALYSES),
    "circuitnn.circuit.dynamics",
    "circuitnn.circuit.many_runs",
    "circuitnn.circuit.variants",
    "circuitnn.circuit.verification",
    "circuitnn.results.conversion",
)
LETTER = re.compile(r"[A-Z]")  # the builder's methods of elements: `Builder` says what they take
SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}\n", re.MULTILINE)
ENTRY = re.compile(r"^(\*{0,2}\w[\w, *]*?)(?: : .*)?$", re.MULTILINE)


def public():
    """Public functions and methods by their full names, and whether they are part of a class."""
    found = {}
    for name in MODULES:
        module = import_module(name)
        for key in getattr(module, "__all__", None) or [n for n in vars(module) if n[0] != "_"]:
            thing = getattr(module, key)
            home = getattr(thing, "__module__", "")
            if not str(home).startswith("circuitnn") or (not hasattr(module, "__all__") and home != name):
                continue
            if inspect.isfunction(thing):
                found[f"{home}.{key}"] = (thing, thing)
            elif inspect.isclass(thing) and not issubclass(thing, Warning):
                found[f"{home}.{key}"] = (thing, thing)
                for attribute in vars_of(thing):
                    member = inspect.getattr_static(thing, attribute)
                    function = getattr(member, "__func__", getattr(member, "fget", member))
                    if not inspect.isfunction(function):
                        function = getattr(thing, attribute)
                    if inspect.isfunction(function) and function.__module__.startswith("circuitnn"):
                        found[f"{home}.{key}.{attribute}"] = (function, member)
    return found


def vars_of(cls):
    return [
        n
        for c in cls.__mro__
        if c.__module__.startswith("circuitnn")
        for n in vars(c)
        if n[0] != "_" and not LETTER.fullmatch(n)
    ]


PUBLIC = public()


def sections(text):
    """Sections of a docstring by title; "" is what stands before them."""
    parts = SECTION.split(inspect.cleandoc(text))
    return {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}


def named(section):
    """Parameters that a section lists."""
    lines = [line for line in section.splitlines() if line and line[0] != " "]
    return {name.strip().lstrip("*") for line in lines for name in ENTRY.match(line + "\n")[1].split(",")}


def raised(function):
    """Errors that stand in raise statements of a function itself."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Raise) and n.exc is not None]
    names = {ast.unparse(n.exc.func if isinstance(n.exc, ast.Call) else n.exc) for n in nodes}
    return {name for name in names if name.endswith("Error")} - {"NotImplementedError"}


def faults(function, member):
    """What a docstring lacks."""
    text = function.__doc__
    if not text:
        return ["no docstring"]
    parts = sections(text)
    summary = parts[""].strip().split("\n\n")[0].rstrip()
    found = [] if re.search(r"[.:?]$|\. \[.*\]$", summary) else ["summary without full stop"]
    if inspect.isclass(function):
        if issubclass(function, (Exception, Options)):  # the docstring of `Options` is made from its table
            return found
        fields = getattr(function, "__dataclass_fields__", None)
        names = list(inspect.signature(function).parameters if fields is None else fields)
        names = [] if getattr(function, "_is_protocol", False) else names
    else:
        names = [
            n
            for n in inspect.signature(function).parameters
            if n != "self" and not (n == "cls" and isinstance(member, classmethod))
        ]
        names = (
            names[1:] if function.__module__ in FACES and names[:1] in (["circuit"], ["result"]) else names
        )
    listed = named(parts.get("Parameters", "")) | named(parts.get("Attributes", ""))
    missing = [n for n in names if n not in listed]
    found += [f"parameters without description: {', '.join(missing)}"] if missing else []
    if inspect.isclass(function) or isinstance(member, property):
        return found
    stale = sorted(named(parts.get("Parameters", "")) - set(names))
    found += [f"parameters that do not exist: {', '.join(stale)}"] if stale else []
    returned = str(inspect.signature(function).return_annotation)
    if not {"Returns", "Yields"} & set(parts) and returned not in (
        "None",
        "Self",
        str(inspect.Signature.empty),
    ):
        found.append("no Returns")
    unsaid = [name for name in sorted(raised(function)) if name not in parts.get("Raises", "")]
    return found + ([f"not among Raises: {', '.join(unsaid)}"] if unsaid else [])


def test_what_is_found():
    """The checks find what they are for."""

    def bad(a, b):
        """Something

        Parameters
        ----------
        a, c : int
        """
        raise ValueError(a + b)

    assert faults(bad, bad) == [
        "summary without full stop",
        "parameters without description: b",
        "parameters that do not exist: c",
        "not among Raises: ValueError",
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_docstring(name):
    assert not faults(*PUBLIC[name]), name
