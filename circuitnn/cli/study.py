"""``circuitnn study NAME``: a study of the package; its options are the parameters of its function."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import click
import numpy as np

from circuitnn.cli.delivery import Delivery
from circuitnn.cli.limits import timed
from circuitnn.cli.numbers import study_document
from circuitnn.cli.outcome import FAILED, INTERRUPTED, place
from circuitnn.cli.own_models import load_all, models_option
from circuitnn.cli.suggesting import Suggesting
from circuitnn.cli.terminal import console
from circuitnn.machine.text import lines_of
from circuitnn.registry.studies import HOW, STUDIES
from circuitnn.studies.engine import interruptions
from circuitnn.units import parse_number

RANGE = re.compile(r"(?P<low>[^.]+(?:\.[^.]+)?)\.\.(?P<high>[^/]+?)(?:/(?P<count>\d+))?")


class Studies(Suggesting):
    """Commands made from the functions of the studies on request."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Names of all studies."""
        return list(STUDIES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """The command of a study."""
        return command(name) if name in STUDIES else None


@click.group(cls=Studies)
def study() -> None:
    """Answer a question about an array or a circuit: a table, a picture and data.

    Values that may be several are written 2,4,8 or 2..16 (doubling), or 1..1000/7 (seven values, evenly spaced on
    a logarithmic scale).
    """


def command(name: str) -> click.Command:
    """Make the command of a study from the signature and the docstring of its function."""
    question = STUDIES[name]
    text = inspect.getdoc(question.ask) or ""
    meanings = _meanings(text)
    parameters = inspect.signature(question.ask).parameters
    asked = [_parameter(p, meanings.get(p.name, "")) for p in parameters.values() if p.name not in HOW]
    click_command = click.Command(
        name,
        params=[*asked, *(_how() if "record" in parameters else ()), *_output()],
        callback=_caller(question.ask),
        help=text.partition("\n\n")[0],
        short_help=question.title,
    )
    return timed(models_option(click_command) if "model" in parameters else click_command)


def _parameter(p: inspect.Parameter, meaning: str) -> click.Parameter:
    """The command's option for a parameter of the function, or its argument if there is no default."""
    if p.default is inspect.Parameter.empty and p.kind is p.POSITIONAL_OR_KEYWORD:
        return click.Argument([p.name], type=click.Path())
    kind = str(p.annotation)
    return click.Option(
        [f"--{p.name.replace('_', '-')}", p.name],
        callback=_reader(kind),
        default=None if p.default in (None, ()) else _written(p.default),
        show_default=True,
        metavar=_metavar(kind),
        help=meaning,
    )


def _how() -> list[click.Parameter]:
    """Options that say how a study runs."""
    return [
        click.Option(
            ["--record"], type=click.Path(path_type=Path), help="Folder that a killed study goes on from."
        ),
        click.Option(
            ["--processes"],
            type=click.IntRange(1),
            default=1,
            show_default=True,
            help="Local processes.",
        ),
        click.Option(["--scheduler"], metavar="ADDRESS", help="Dask scheduler, tcp://host:8786."),
    ]


def _output() -> list[click.Parameter]:
    """Options that say where the answer goes."""
    return [
        click.Option(
            ["-o", "--output"], type=click.Path(path_type=Path), help="Write all numbers here (.nc)."
        ),
        click.Option(
            ["--picture"], type=click.Path(path_type=Path), help="Write the picture here (.png, .svg, .pdf)."
        ),
        click.Option(["--json", "as_json"], is_flag=True, help="Print numbers for programs."),
        click.Option(["-q", "--quiet"], is_flag=True, help="Print errors only."),
    ]


def _caller(ask: Callable[..., Any]) -> Callable[..., int]:
    def call(
        output: Path | None,
        picture: Path | None,
        as_json: bool,
        quiet: bool,
        files: Sequence[str] = (),
        **arguments: Any,
    ) -> int:
        load_all(files)
        quiet = quiet or as_json
        if output is not None and output.suffix.lower() == ".nc":
            from circuitnn.results.netcdf import load_library

            load_library()
        settings = {k: v for k, v in arguments.items() if v is not None}
        if "progress" in inspect.signature(ask).parameters:
            settings["progress"] = not quiet and sys.stderr.isatty()
        with interruptions() as ended:
            try:
                answer = ask(**settings)
            except Exception:
                if not ended:
                    raise
                return _say_interrupted(ended)  # too few points for an answer
        delivery = Delivery()
        for path, write in ((output, answer.save), (picture, answer.plot)):
            if path is not None:
                path = Path(place(str(path), INTERRUPTED if ended else 0))
                delivery.add(partial(write, path), path)
        if not quiet:
            console().print(answer.table())
            for sentence in answer.summary:
                click.echo(sentence)
        unwritten = delivery.close(quiet) or (FAILED if not answer.data else 0)
        if as_json:
            click.echo(study_document(answer, INTERRUPTED if ended else unwritten))
        return _say_interrupted(ended) if ended else unwritten

    return call


def _say_interrupted(ended: Sequence[str]) -> int:
    """Say to stderr what there is of an interrupted study; return the exit code."""
    for sentence in ended:
        click.echo(f"Interrupted: {sentence}", err=True)
    return INTERRUPTED


def _meanings(text: str) -> dict[str, str]:
    """Meaning of each parameter, from a docstring."""
    section = text.partition("Parameters\n----------\n")[2].partition("\n\n")[0]
    meanings: dict[str, str] = {}
    names: list[str] = []
    for line in lines_of(section):
        if line[:1] not in (" ", ""):
            names = [n.strip() for n in line.partition(" : ")[0].split(",")]
        elif names:
            for name in names:
                meanings[name] = f"{meanings.get(name, '')} {line.strip()}".strip()
    return {name: meaning.replace("`", "") for name, meaning in meanings.items()}


def _written(default: Any) -> str:
    if isinstance(default, (tuple, list)):
        return ",".join(_written(v) for v in default)
    return f"{default:g}" if isinstance(default, float) else str(default)


def _metavar(kind: str) -> str:
    single = next((word for word in ("int", "float", "str") if word in kind), "text")
    name = {"int": "N", "float": "X"}.get(single, "WORD")
    return f"{name}[,{name}…]" if "Sequence" in kind else name


def _reader(kind: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    convert: Callable[[str], Any] = str
    if kind.startswith("str"):
        pass
    elif "int" in kind:
        convert = whole
    elif "float" in kind:
        convert = parse_number
    elif "bool" in kind:
        convert = {"true": True, "false": False}.__getitem__

    def read(context: click.Context, parameter: click.Parameter, text: str | None) -> Any:
        if text is None:
            return None
        try:
            if "Sequence" not in kind:
                return convert(text.lower() if "bool" in kind else text)
            return [v for part in text.split(",") for v in several(part.strip(), convert, "int" in kind)]
        except (ValueError, KeyError) as error:
            raise click.BadParameter(f"'{text}': {error}", context, parameter) from None

    return read


def whole(text: str) -> int:
    """A whole number, ``1e4`` and ``10k`` too."""
    value = parse_number(text)
    if value != int(value):
        raise ValueError("must be a whole number")
    return int(value)


def several(text: str, convert: Callable[[str], Any], integer: bool) -> list[Any]:
    """Values of ``a``, ``a..b`` (doubling) or ``a..b/n`` (n values, evenly spaced logarithms)."""
    match = RANGE.fullmatch(text)
    if match is None:
        return [convert(text)]
    low, high = convert(match["low"]), convert(match["high"])
    if not 0 < low <= high:
        raise ValueError("a range goes upwards from above 0")
    if match["count"]:
        values = np.geomspace(low, high, int(match["count"])).tolist()
        return sorted({round(v) for v in values}) if integer else values
    values = [low]
    while values[-1] * 2 <= high:
        values.append(values[-1] * 2)
    return values if values[-1] == high else [*values, high]
