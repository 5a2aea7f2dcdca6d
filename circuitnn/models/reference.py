"""Reference text of a model: terminals, parameters, states, equations, source."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from math import isfinite, isnan

from circuitnn.models.model import Model, Parameter
from circuitnn.models.probes import probes

Row = tuple[str, ...]


def headline(model: type[Model]) -> str:
    """First sentence of the model's page."""
    text = page_of(model).partition("\n\n")[0]
    return " ".join(text.split()).rstrip(".")


def page_of(model: type[Model]) -> str:
    """Docstring of the model's file (equations, validity, source), else that of the class."""
    module = inspect.getmodule(model)
    return inspect.cleandoc((module and module.__doc__) or model.__doc__ or model.name)


def in_deck(model: type[Model]) -> tuple[str, str]:
    """An instance and its model card, as in a deck."""
    control = " vcontrol" if model.control else ""
    heat = " [heat]" if model.heated is not None else ""
    instance = f"{model.letter}1 {' '.join(model.named_terminals())}{heat}{control} mymodel"
    return instance, model.card("mymodel")


def _default(parameter: Parameter) -> str:
    if isinstance(parameter.default, str):
        return f"as {parameter.default}"
    return "-" if isnan(parameter.default) else f"{parameter.default:g}"


def _range(low: float, high: float) -> str:
    if not isfinite(low) and not isfinite(high):
        return ""
    return (
        f"{low:g} … {high:g}"
        if isfinite(low) and isfinite(high)
        else f"≥ {low:g}"
        if isfinite(low)
        else f"≤ {high:g}"
    )


def _values(p: Parameter) -> str:
    """Range of a parameter."""
    return ", ".join(filter(None, (_range(p.low, p.high), "not 0" if p.nonzero else "")))


def parameter_rows(parameters: Iterable[Parameter]) -> list[Row]:
    """Name (and aliases), default, unit, range, meaning of each parameter; neighbours of one meaning share a row."""
    rows: list[Row] = []
    for p in parameters:
        names, rest = ", ".join((p.name, *p.aliases)), (_default(p), p.unit, _values(p), p.meaning)
        if rows and rows[-1][1:] == rest:
            names = f"{rows.pop()[0]}, {names}"
        rows.append((names, *rest))
    return rows


def state_rows(model: type[Model]) -> list[Row]:
    """Name, initial value, unit, range, meaning of each state."""
    rows: list[Row] = []
    for s in model.states:
        initial = (
            s.initial
            if isinstance(s.initial, str)
            else ""
            if not isinstance(s.initial, float)
            else f"{s.initial:g}"
        )
        in_operating_points = "held in operating points" if s.hold else "in equilibrium in operating points"
        rows.append(
            (
                s.name,
                initial or "from parameters",
                s.unit,
                _range(s.low, s.high),
                f"{s.meaning}; {in_operating_points}",
            )
        )
    return rows


def value_rows(model: type[Model]) -> list[Row]:
    """Names, unit, meaning of each value that decks may ask for."""
    by_probe: dict[int, list[str]] = {}
    stated = probes(model)
    for name, probe in stated.items():
        by_probe.setdefault(id(probe), []).append(name)
    return [
        (", ".join(names), stated[names[0]].unit, stated[names[0]].meaning) for names in by_probe.values()
    ]


TABLES = (
    ("Parameters of the model card", ("name", "default", "unit", "range", "meaning")),
    ("Parameters of an instance", ("name", "default", "unit", "range", "meaning")),
    ("States", ("name", "initial", "unit", "range", "meaning")),
    ("Values of an instance", ("name", "unit", "meaning")),
)


def tables(model: type[Model]) -> Iterator[tuple[str, Row, list[Row]]]:
    """Title, heading and rows of each table that is not empty."""
    rows = (
        parameter_rows(model.parameters),
        parameter_rows(model.instance_parameters),
        state_rows(model),
        value_rows(model),
    )
    for (title, heading), lines in zip(TABLES, rows, strict=True):
        if lines:
            yield title, heading, lines


def columns(rows: Iterable[Row]) -> Iterator[str]:
    """Rows in columns of even width."""
    listed = list(rows)
    widths = [max(map(len, column)) for column in zip(*listed, strict=True)]
    for row in listed:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()


def claims(model: type[Model]) -> str:
    """Claims of the model that ``circuitnn check-model`` verifies; empty if there are none."""
    return ", ".join(sorted(model.claims))


def numbers(values: Mapping[str, float]) -> str:
    """Parameters as written on a card."""
    return " ".join(f"{name}={value:g}" for name, value in values.items())


def as_text(model: type[Model]) -> str:
    """The model's page for a terminal."""
    instance, card = in_deck(model)
    lines = [f"{model.name}: {headline(model)}", "", f"  {instance}", f"  {card}"]
    if model.internal:
        lines += ["", f"Inner nodes: {', '.join(model.internal)}"]
    for title, heading, rows in tables(model):
        lines += ["", title, *(f"  {line}" for line in columns([heading, *rows]))]
    for name, chosen in model.sets.items():
        lines += ["", f"Published set, set={name} on the model card"]
        lines += textwrap.wrap(chosen.source, 100, initial_indent="  ", subsequent_indent="  ")
        lines += textwrap.wrap(numbers(chosen.values), 100, initial_indent="  ", subsequent_indent="  ")
    if model.claims:
        lines += ["", f"Claims: {claims(model)}"]
    rest = page_of(model).partition("\n\n")[2]
    return "\n".join([*lines, "", rest])


def _table(heading: Row, rows: Iterable[Row]) -> Iterator[str]:
    yield f"| {' | '.join(heading)} |"
    yield f"|{' --- |' * len(heading)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def as_markdown(model: type[Model], shown: str = "") -> str:
    """The model's page of the documentation.

    Parameters
    ----------
    model : type of Model
    shown : str
        Results of its decks: pictures, tables.
    """
    instance, card = in_deck(model)
    lines = [f"# {model.name}", "", f"{headline(model)}.", "", "```spice", instance, card, "```"]
    if shown:
        lines += ["", shown.strip()]
    for title, heading, rows in tables(model):
        lines += ["", f"{title}:", "", *_table(heading, rows)]
    if model.sets:
        sets = [(f"`set={n}`", s.source, f"`{numbers(s.values)}`") for n, s in model.sets.items()]
        lines += ["", "Published parameter sets:", "", *_table(("card", "source", "numbers"), sets)]
    if model.claims:
        lines += ["", f"Claims, checked by `circuitnn check-model`: {claims(model)}."]
    rest = page_of(model).partition("\n\n")[2]
    return "\n".join([*lines, "", "```text", rest, "```", ""])


def index(models: Iterable[type[Model]]) -> str:
    """The page that lists the models' pages."""
    rows = [f"- [{m.name}]({m.name}.md): {headline(m)}" for m in models]
    return "\n".join(["# All models", "", *rows, ""])
