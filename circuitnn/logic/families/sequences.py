"""Digital sources: levels from a file, and voltage-controlled oscillators."""

from __future__ import annotations

from itertools import pairwise

from circuitnn.logic.code_model import CodeModel, PartData, Port, Settings, number, numbers, outs, text
from circuitnn.logic.levels import code_of
from circuitnn.machine.text import lines_of
from circuitnn.units import parse_number

_CONTROL = (Port("cntl_in", analog=True), *outs("out"))
_DUTIES = 0.01, 0.99  # least and largest number of dc_array, as in ngspice


def _player(settings: Settings, n_in: int, n_out: int) -> PartData:
    times: list[float] = []
    values: list[float] = []
    for place, line in enumerate(lines_of(text(settings, "input_file#text")), 1):
        words = line.lower().split()
        if not words or words[0][0] in "*#;$":
            continue
        times.append(_time(words[0], place))
        if len(words) != 1 + n_out:
            raise ValueError(f"line {place} of its file has {len(words) - 1} values for {n_out} outputs")
        values += [code_of(word, place) for word in words[1:]]
    if any(after < before for before, after in pairwise(times)):
        raise ValueError("times of its file must increase")
    return PartData("player", (), (*times, *values))


def _time(word: str, place: int) -> float:
    try:
        return parse_number(word)
    except ValueError:
        raise ValueError(f"line {place} of its file begins with no time") from None


def _curve(settings: Settings, name: str) -> tuple[float, ...]:
    controls, values = numbers(settings, "cntl_array"), numbers(settings, name)
    if len(controls) != len(values):
        raise ValueError(f"cntl_array and {name} must have as many numbers")
    if any(after <= before for before, after in pairwise(controls)):
        raise ValueError("cntl_array must increase")
    return (*controls, *values)


def _oscillator(settings: Settings, n_in: int, n_out: int) -> PartData:
    duty = number(settings, "duty_cycle")
    if not 0.0 < duty < 1.0:
        raise ValueError(f"duty_cycle = {duty:g}: must lie between 0 and 1")
    return PartData("oscillator", (0.0, 0.0, duty, _phase(settings)), _curve(settings, "freq_array"))


def _pulses(settings: Settings, n_in: int, n_out: int) -> PartData:
    frequency = number(settings, "frequency")
    if not frequency > 0.0:
        raise ValueError(f"frequency = {frequency:g} Hz: must be positive")
    duties = tuple(min(max(duty, _DUTIES[0]), _DUTIES[1]) for duty in numbers(settings, "dc_array"))
    curve = _curve({**settings, "dc_array": duties}, "dc_array")
    return PartData("oscillator", (0.0, frequency, 0.0, _phase(settings)), curve)


def _phase(settings: Settings) -> float:
    return number(settings, "init_phase") / 360.0


MODELS = (
    CodeModel(
        "d_source",
        "values at times, from a file",
        (Port("out", vector=True, out=True),),
        {"input_file": "source.txt"},
        _player,
        files=("input_file",),
    ),
    CodeModel(
        "d_osc",
        "oscillator whose frequency a voltage controls",
        _CONTROL,
        {"cntl_array": (0.0, 1.0), "freq_array": (1e6, 2e6), "duty_cycle": 0.5, "init_phase": 0.0},
        _oscillator,
    ),
    CodeModel(
        "d_pwm",
        "oscillator whose duty a voltage controls",
        _CONTROL,
        {"cntl_array": (-1.0, 1.0), "dc_array": (0.0, 1.0), "frequency": 1e6, "init_phase": 0.0},
        _pulses,
    ),
)
