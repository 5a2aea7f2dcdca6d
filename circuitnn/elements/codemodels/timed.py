"""XSPICE's code models that depend on time: lines through points of a card or a file, and a delay.

Formulas and defaults as measured on ngspice 44.
"""

from __future__ import annotations

from itertools import pairwise

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given
from circuitnn.elements.codemodels.stateless import through_points
from circuitnn.elements.waveforms import WaveformCard, rows_of_file
from circuitnn.flat import Waveform


def _pwlts(block: Block, given: Given, ports: list[list[Port]]) -> None:
    block.put(ports[0][0], through_points(given, "time", "x_array", "y_array", given.flag("limit", False)))


def _filesource(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """Columns of a file as functions of its first one: lines between points, or steps.

    Outputs begin with 0 at time 0 and keep their last values; ngspice keeps only one of them after the end of its file.
    """
    if given.flag("timerelative", False):
        block.reader.idle(
            block.origin, f"'timerelative' of model '{given.name}' has no effect, as in ngspice"
        )
    outputs, steps = ports[0], given.flag("amplstep", False)
    times, *columns = _columns(block, given, 1 + len(outputs))
    for k, (port, values) in enumerate(zip(outputs, columns, strict=True)):
        points = _stairs(times, values) if steps else [*zip(times, values, strict=True)]
        if times[0] > 0.0:
            points = [(0.0, 0.0), *([(times[0], 0.0)] if steps else []), *points]
        name = f"{block.name}:{k}" if len(outputs) > 1 else block.name
        kind, nodes = block.source(port)
        table = block.reader.row(kind, name, nodes, 0.0, block.origin)
        corners = tuple(number for point in points for number in point)
        table.waveforms[len(table.names) - 1] = WaveformCard("pwl", [], fixed=Waveform("pwl", corners))


def _columns(block: Block, given: Given, count: int) -> list[list[float]]:
    """Times and values of a file, shifted and stretched as the model says."""
    name = unwrap(given.texts.get("file", "filesource.txt")).strip("\"'")
    rows = rows_of_file(block.reader, name, given.origin)
    if not rows or min(map(len, rows)) < count:
        raise CardError(f"'{name}' of model '{given.name}' needs lines of {count} numbers", name)
    if any(after[0] < before[0] for before, after in pairwise(rows)):
        raise CardError(f"times in '{name}' of model '{given.name}' must increase", name)
    times, *values = ([row[k] for row in rows] for k in range(count))
    stretch, shift = (
        given.number(key, default) for key, default in (("timescale", 1.0), ("timeoffset", 0.0))
    )
    if not stretch > 0.0:
        raise CardError(f"'timescale' of model '{given.name}' must be positive", "timescale")
    scales, offsets = (
        given.padded(key, len(values), default) for key, default in (("amplscale", 1.0), ("amploffset", 0.0))
    )
    return [
        [shift + stretch * t for t in times],
        *(
            [offset + scale * x for x in column]
            for column, scale, offset in zip(values, scales, offsets, strict=True)
        ),
    ]


def _stairs(times: list[float], values: list[float]) -> list[tuple[float, float]]:
    """Corners of instantaneous steps."""
    corners = [(times[0], values[0])]
    for time, value in zip(times[1:], values[1:], strict=True):
        corners += [(time, corners[-1][1]), (time, value)]
    return corners


def _delay(block: Block, given: Given, ports: list[list[Port]]) -> None:
    """The delayed input."""
    if given.flag("has_delay_cnt", False):
        raise CardError(
            f"model '{given.name}': delays that a voltage controls are not supported", "has_delay_cnt"
        )
    delay, text = given.number("delay", 0.0), block.input(ports[0][0])
    block.put(ports[1][0], block.delayed(text, delay) if delay > 0.0 else text)


MODELS = {
    "pwlts": CodeModel((Pin("out"),), "x_array y_array input_domain fraction limit", _pwlts),
    "filesource": CodeModel(
        (Pin("out", vector=True),),
        "file timeoffset timescale timerelative amplstep amploffset amplscale",
        _filesource,
    ),
    "delay": CodeModel(
        (Pin("in"), Pin("out"), Pin("cntrl", optional=True)),
        "delay buffer_size has_delay_cnt delmin delmax",
        _delay,
    ),
}
