"""Commands that print, write and draw."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.device_values.tables import TITLES
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.machine.text import lines_of, lowered
from circuitnn.ngspice import line_printer, listing
from circuitnn.ngspice.control import scales
from circuitnn.ngspice.control.plot_words import Looks, parted
from circuitnn.ngspice.control.plots import Plot
from circuitnn.ngspice.control.tokens import separate
from circuitnn.ngspice.control.words import number, split, whole
from circuitnn.records import replace
from circuitnn.results import harmonics, plot, rawfile
from circuitnn.results.figures import render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.results.result import Result

Vector = tuple[str, np.ndarray]
_QUOTED = re.compile(r"(?<!\S)'([^']*)'(?!\S)")  # ngspice's shell drops these
_ESCAPED = re.compile(r"\\(.)")  # ngspice's shell drops the backslash
_PLOT = re.compile(r"([^.()]+)\.")  # before a name
_ALL = re.compile(r"(?<![\w.])(?:(?P<plot>[a-z]\w*)\.)?(?P<what>all[viy]?)(?![\w.(])")


def echo(interpreter: Interpreter, text: str) -> None:
    """``echo words``; with ``-n``, without the end of the line."""
    words = split(_ESCAPED.sub(r"\1", text))
    interpreter.say(" ".join(w for w in words if w != "-n"), end="" if words[:1] == ["-n"] else "\n")


def _asked(interpreter: Interpreter, text: str, ordered: bool = False) -> list[Vector]:
    """Vectors of a command, by the text that asks for them; `ordered`: sort ``all`` by name, the axis included."""
    current = interpreter.plots.current
    vectors: list[Vector] = []
    for formula in separate(lowered(text).replace("'", "")):
        match = _ALL.search(formula)
        if match is None:
            vectors.append((formula, interpreter.plots.compute(formula)))
            continue
        plot = interpreter.plots.all.get(match["plot"] or "", current)
        axis = plot.result.axis if plot.result is not None else None
        head = {"all": "", "ally": "", "allv": "v(", "alli": "i("}[match["what"]]
        names = sorted(plot.names(), key=listing.natural) if ordered else plot.names()
        phasors = plot.result is not None and np.iscomplexobj(plot.result.data)
        with_axis = ordered and head != "i(" and axis != "frequency" and not phasors
        where = f"{match['plot']}." if match["plot"] else ""
        alone = match.group() == formula  # the name of a vector may not parse as a formula: v-sweep, d1:is
        chosen = [n for n in names if (with_axis and n == axis) or (n.startswith(head) and n != axis)]
        if ordered and alone and len(chosen) == 1:  # keeps its name, as in ngspice: all = 1
            vectors.append((formula, plot.vector(chosen[0])))
            continue
        for name in chosen:
            expanded = formula[: match.start()] + where + name + formula[match.end() :]
            vectors.append((expanded, plot.vector(name) if alone else interpreter.plots.compute(expanded)))
    return vectors


def print_(interpreter: Interpreter, text: str) -> None:
    """``print v(a) v(b)*2``: numbers, one per line; or, if vectors are among them, all as a table over the axis."""
    text = _QUOTED.sub(r"\1", text)
    words = text.split()
    form = words[0] if words[:1] in (["line"], ["col"]) else ""
    asked = _asked(interpreter, " ".join(words[bool(form) :]), ordered=True)
    if not asked and words:  # print all without vectors
        interpreter.say("there are no vectors yet")
        return
    if not asked:
        raise AnalysisError("'print' takes vectors or formulas")
    looks = interpreter.form()
    whole = _wholes(interpreter, text)
    if form == "line" or (not form and all(len(values) == 1 for _, values in asked)):
        with_plots = _with_plots(interpreter, [name for name, _ in asked])
        for name, value in asked:
            shown = listing.plain(whole[name]) if name in whole else with_plots.get(name, name)
            for line in listing.line(shown, value, looks):
                interpreter.say(line)
        return
    rest = [(listing.column(whole.get(name, name)) if name in whole else name, name, v) for name, v in asked]
    first = True
    while rest:
        plot = _plot_of(interpreter, rest[0][1])
        over = _beside(interpreter, plot, dict(asked), bool(whole))
        columns = [(shown, values) for shown, _, values in rest]
        page = next(listing.fitting(over, columns, looks.width - 8))
        if not first:
            interpreter.say(listing.PAGE_BREAK)
        for line in listing.pages(plot.title, plot.plotname, over, page, looks):
            interpreter.say(line)
        rest, first = rest[len(page) :], False


def _plot_of(interpreter: Interpreter, name: str) -> Plot:
    """The plot whose scale a vector has in tables: that of ``ac1.v(b)``, or the current one."""
    match = _PLOT.match(name)
    plot = interpreter.plots.all.get(match[1]) if match is not None else None
    if plot is None or match is None or plot.result is None:
        return interpreter.plots.current
    with suppress(CircuitnnError):
        plot.vector(name[match.end() :])
        return plot
    return interpreter.plots.current


def _beside(interpreter: Interpreter, plot: Plot, asked: dict[str, np.ndarray], whole: bool) -> list[Vector]:
    """The scale beside a table; none if it is the axis and asked for, or the plot has none."""
    axis = plot.result.axis if plot.result is not None else None
    # linearized plots are shown without their time, spectra without their frequencies, as in ngspice
    spectrum = not whole and plot.result is not None and plot.result.analysis == "spectrum"
    bare = plot.plotname.endswith("(linearized)") or spectrum or "noprintscale" in interpreter.variables
    if bare or not (plot.default or axis):
        return []
    if axis in asked and not whole and not plot.default:
        return []
    return [(listing.column(plot.default) or axis or "", plot.axis())]


def _with_plots(interpreter: Interpreter, names: list[str]) -> dict[str, str]:
    """Names prefixed with their plots if constants are among others, as ngspice prints them."""
    plots = interpreter.plots
    hidden = plots.all["const"].own.keys() - plots.current.own.keys()
    plot_of = {
        name: "const" if name in hidden else plots.current.name for name in names if not _PLOT.match(name)
    }
    plot_names = {*plot_of.values(), *(match[1] for name in names if (match := _PLOT.match(name)))}
    return (
        {name: f"{plot}.{name}" for name, plot in plot_of.items()}
        if "const" in plot_names and len(plot_names) > 1
        else {}
    )


def _wholes(interpreter: Interpreter, text: str) -> dict[str, str]:
    """Vectors that a word such as ``all`` or ``ac1.all`` asks for, without the name of their plot."""
    vectors: dict[str, str] = {}
    for match in _ALL.finditer(lowered(text)):
        plot = interpreter.plots.all.get(match["plot"] or "", interpreter.plots.current)
        vectors |= {f"{match['plot']}.{name}" if match["plot"] else name: name for name in plot.names()}
    return vectors


def write(interpreter: Interpreter, text: str) -> None:
    """``write file [vectors]``: a rawfile."""
    words = split(text)
    name = words[0] if words else "rawspice.raw"
    current = interpreter.plots.current
    if current.result is None:
        raise AnalysisError("'write': no analysis has been run")
    if len(words) > 1:
        names, values = _columns(interpreter, current, text.partition(words[0])[2], filled=True)
        scale = [
            n for n in (current.scale,) if n is not None and len(current.vector(n)) == len(current.result)
        ]
        result = current.chosen([*scale, *names], values)
    else:  # as in ngspice: the scale, then all others by name
        length = len(current.result)
        values = {n: _filled(v, length) for n, v in current.own.items() if len(v) <= length}
        first, *others = dict.fromkeys([*current.result.names, *values])
        result = current.chosen([first, *sorted(others, key=listing.column)], values)
    types = zip(result.names, result.types, strict=True)
    result = replace(result, types=tuple(kind + _shorter(current, name) for name, kind in types))
    as_text = interpreter.variables.get("filetype") == ["ascii"]
    mode = "ab" if "appendwrite" in interpreter.variables else "wb"
    with interpreter.result_file(name, ".raw", mode) as out:
        rawfile.write_plots(out, [result], binary=not as_text)
    interpreter.tell(f'{"ASCII" if as_text else "binary"} raw file "{name}"')


def _columns(
    interpreter: Interpreter, current: Plot, text: str, filled: bool = False
) -> tuple[list[str], dict[str, np.ndarray]]:
    """Names and values of vectors that are as long as the result; `filled`: or shorter, with zeros after them."""
    assert current.result is not None
    length = len(current.result)
    asked = _asked(interpreter, text.strip(' "'))
    for name, value in asked:
        if len(value) not in (1, length) and not (filled and len(value) < length):
            raise AnalysisError(f"'{name}' has {len(value)} numbers, the result {length}")
    known = set(current.result.names)
    fit = _filled if filled else np.broadcast_to
    values = {n: fit(v, length) for n, v in asked if n not in known}
    return [n for n, _ in asked], values


def _shorter(plot: Plot, name: str) -> str:
    """What follows the type of a vector in a file if it is shorter than the run: its length."""
    vector = plot.own.get(name)
    shorter = vector is not None and plot.result is not None and len(vector) < len(plot.result)
    return f" dims={len(vector)}" if shorter and vector is not None else ""


def _filled(values: np.ndarray, length: int) -> np.ndarray:
    """A vector with zeros after its end, as ngspice writes those of a measure beside the run's."""
    return np.pad(values, (0, length - len(values)))


def wrdata(interpreter: Interpreter, text: str) -> None:
    """``wrdata file vectors``: columns, the axis before each vector (``wr_singlescale``: once)."""
    words = split(text)
    asked = _asked(interpreter, text.partition(words[0])[2].strip(' "')) if len(words) > 1 else []
    if not asked:
        raise AnalysisError("'wrdata' takes a file and vectors")
    single = "wr_singlescale" in interpreter.variables
    columns = list(_data(interpreter, asked, single))
    length = max(len(values) for _, values in columns)
    mode = "a" if "appendwrite" in interpreter.variables else "w"
    with interpreter.result_file(words[0], ".data", mode) as out:
        if "wr_vecnames" in interpreter.variables:
            out.write("".join(f" {n:<15}" for n, _ in columns) + "\n")
        for k in range(length):
            out.write(" ".join(f"{v[k]: .8e}" if k < len(v) else " " * 15 for _, v in columns) + " \n")


def _data(interpreter: Interpreter, asked: list[Vector], single: bool) -> Iterator[Vector]:
    current = interpreter.plots.current
    name = current.scale or "index"
    for k, (label, values) in enumerate(asked):
        axis = np.real(current.vector(name) if name in current.names() else current.axis())
        if k == 0 or not single:
            yield name, axis if len(axis) == len(values) else np.arange(float(len(values)))
        yield label, np.real(values)
        if np.iscomplexobj(values):
            yield label, np.imag(values)


def plot_(interpreter: Interpreter, text: str) -> None:
    """``plot vectors [vs x]``: a picture ``<plot>_<number>.png`` in place of a window; in batch mode nothing."""
    if interpreter.batch:
        interpreter.warn(
            "'plot' draws nothing in batch mode: 'hardcopy file.png …' does, and 'circuitnn run'"
        )
        return
    interpreter.pictures += 1
    stem = interpreter.circuit.path.stem if interpreter.circuit.path is not None else "deck"
    try:
        _draw(interpreter, f"{stem}_{interpreter.plots.current.name}_{interpreter.pictures}.png", text)
    except CircuitnnError as error:  # ngspice in batch mode leaves every 'plot' out
        interpreter.warn(f"'plot' is left out: {error}")


def asciiplot(interpreter: Interpreter, text: str) -> None:
    """``asciiplot v(a) v(b) [vs x]``: curves as a line printer draws them."""
    formulas, _, versus = lowered(parted(text)[0]).partition(" vs ")
    current, curves = interpreter.plots.current, _asked(interpreter, formulas)
    if current.result is None or not curves:
        raise AnalysisError("'asciiplot' takes vectors of a run")
    curves = [(name, np.real(values)) for name, values in curves]
    lengths = {name: len(values) for name, values in curves}
    if len({*lengths.values()}) > 1:
        sizes = ", ".join(f"{name} {length}" for name, length in lengths.items())
        raise AnalysisError(f"'asciiplot' takes vectors of one length: {sizes} (hardcopy draws others, too)")
    name = current.result.axis or listing.plain(current.result.names[0])
    x = (
        name,
        np.real(current.axis()) if current.result.axis else np.real(current.vector(current.result.names[0])),
    )
    axis = line_printer.Axis.around(np.array([values for _, values in curves]))
    if versus:
        x = (versus.strip(), np.real(interpreter.plots.compute(versus)))
    elif current.result.analysis == "tran":
        x, curves = line_printer.on_steps(current.result, x, curves)
    for line in line_printer.plot(current.title, current.plotname, x, curves, axis):
        interpreter.say(line)


def hardcopy(interpreter: Interpreter, text: str) -> None:
    """``hardcopy file vectors``: a picture; other suffixes than .pdf and .svg become .png."""
    name, _, rest = text.strip().partition(" ")
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    if suffix not in (".png", ".pdf", ".svg"):
        name = f"{name[: -len(suffix)] if suffix else name}.png"
    _draw(interpreter, name, rest)


def _draw(interpreter: Interpreter, name: str, text: str) -> None:
    drawn, looks = parted(text)
    formulas, _, versus = lowered(drawn).partition(" vs ")
    for word in looks.ignored:
        interpreter.warn(f"'{word}' has no effect on a picture")
    current = interpreter.plots.current
    if current.result is None:
        raise AnalysisError("there is nothing to draw: no analysis has been run")
    asked = _asked(interpreter, formulas.strip(' "'))
    over = _asked(interpreter, versus.strip(' "')) if versus else []
    if not scales.common(interpreter.plots, [*asked, *over]):
        figure = scales.draw(interpreter, asked, over, looks)
        _keep(interpreter, name, figure, looks)
        return
    names, values = _columns(interpreter, current, formulas)
    signals: list[plot.Signal] = [(n, values[n]) if n in values else n for n in names]
    result = current.result
    x = None
    if versus:
        axes, more = _columns(interpreter, current, versus)
        if len(axes) != 1:
            raise AnalysisError(f"'vs' takes one vector, not {len(axes)}: {', '.join(axes) or 'none'}")
        x = (axes[0], more[axes[0]]) if axes[0] in more else axes[0]
    if np.iscomplexobj(result.data) and values:
        # formulas of phasors are drawn as real functions of the frequency
        result = current.chosen([*values], {n: np.real(v) for n, v in values.items()})
        result = replace(result, data=np.real(result.data))
    if np.iscomplexobj(result.data) and x is not None:
        if versus.strip() != "frequency":
            interpreter.warn(f"'vs {versus.strip()}' has no effect: phasors are drawn over the frequency")
        x = None
    if looks.limits is not None and result.axis is not None and x is None:
        result, signals = _within(result, signals, looks.limits)
    _keep(interpreter, name, plot.draw(result, *signals, x=x, title=looks.title or None), looks)


def _keep(interpreter: Interpreter, name: str, figure: Figure, looks: Looks) -> None:
    """Write a picture."""
    looks.apply(figure)
    with interpreter.result_file(name, ".png", "wb") as out:
        render(figure, out, name)
    print(f"written: {name}", file=sys.stderr)  # not part of the deck's output


def _within(
    result: Result, signals: list[plot.Signal], limits: tuple[float, float]
) -> tuple[Result, list[plot.Signal]]:
    """A result and signals between two values of its axis."""
    axis = np.real(result.data[:, 0])
    inside = (axis >= min(limits)) & (axis <= max(limits))
    cut = [s if isinstance(s, str) else (s[0], s[1][inside]) for s in signals]
    return replace(result, data=result.data[inside]), cut


def fourier(interpreter: Interpreter, text: str) -> None:
    """``fourier 1k v(out)``: print the table of ``.four``."""
    frequency, *signals = split(lowered(text)) or [""]
    if not signals:
        raise AnalysisError("'fourier' takes a frequency and signals")
    settings = {
        name: whole((interpreter.variables.get(name) or [""])[0]) for name in ("fourgridsize", "nfreqs")
    }
    grid, count = settings["fourgridsize"] or harmonics.GRID, settings["nfreqs"] or harmonics.HARMONICS
    if interpreter.variables.get("polydegree", ["1"]) != ["1"]:
        interpreter.warn("'polydegree' has no effect: points are interpolated linearly")
    plot = interpreter.plots.current.with_own()
    series = harmonics.fourier(plot, number(frequency), *signals, grid=grid, harmonics=count)
    for line in harmonics.table(series, grid):
        interpreter.say(line)


def listing_(interpreter: Interpreter, text: str) -> None:
    """``listing``: the lines of the deck."""
    interpreter.say(f"\t{interpreter.circuit.title}\n")
    for number_, line in enumerate(lines_of(interpreter.circuit.text), 1):
        interpreter.say(f"{number_:6} : {line}")


def inventory(interpreter: Interpreter, text: str) -> None:
    """``inventory``: count the elements of each kind."""
    flat = interpreter.circuit.flat
    interpreter.say("\nCircuit Inventory\n")
    counts = {element(t.kind).title.partition(":")[0] or t.kind.upper(): len(t.names) for t in flat.elements}
    for source in flat.behavioural:
        counts["ASRC"] = counts.get("ASRC", 0) + len(source.names)
    for table in flat.devices:
        title = TITLES.get(table.model, table.model).partition(":")[0]
        counts[title] = counts.get(title, 0) + len(table.names)
    for title, count in sorted(counts.items()):
        interpreter.say(f"{title}: {count}")


def getcwd(interpreter: Interpreter, text: str) -> None:
    """``getcwd``: the current folder."""
    interpreter.say(f"Current directory: {Path.cwd()}")
