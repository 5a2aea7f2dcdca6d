"""Look-up tables."""

from circuitnn.logic.code_model import LEAST, CodeModel, PartData, Port, Settings, delay, numbers, outs, text
from circuitnn.logic.levels import CODES

# An entry of a table: a strongly driven level, or high impedance.
_PLACES = {"0": CODES["0s"], "1": CODES["1s"], "x": CODES["us"], "z": CODES["uz"]}
# Outputs of tables for unknown inputs, as in ngspice: tables with one output drive strongly.
_OF_ONE, _OF_MANY = CODES["us"], CODES["uu"]


def _table(settings: Settings, n_in: int, n_out: int, unknown: int) -> tuple[float, ...]:
    places = text(settings, "table_values").lower().replace(" ", "")
    wanted = n_out << n_in
    if len(places) != wanted:
        raise ValueError(
            f"table_values has {len(places)} places; {n_in} inputs and {n_out} outputs need {wanted}"
        )
    if any(place not in _PLACES for place in places):
        raise ValueError("table_values has places other than 0, 1, x and z")
    return tuple(float(unknown if place == "x" else _PLACES[place]) for place in places)


def _of_one(settings: Settings, n_in: int, n_out: int) -> PartData:
    ends = delay(settings, "rise_delay"), delay(settings, "fall_delay")
    return _part(n_in, n_out, _OF_ONE, [*ends, *[0.0] * n_in], settings)


def _of_many(settings: Settings, n_in: int, n_out: int) -> PartData:
    ends: list[float] = []
    for output in range(n_out):
        for name in ("rise_delay", "fall_delay"):
            ends.append(max(_of(settings, name, output), LEAST))
    late = [_of(settings, "input_delay", k) for k in range(n_in)]
    if min(late) < 0.0:
        raise ValueError("input_delay must not be negative")
    return _part(n_in, n_out, _OF_MANY, ends + late, settings)


def _of(settings: Settings, name: str, place: int) -> float:
    """One of a list of numbers, the last one beyond its end."""
    entries = numbers(settings, name)
    return entries[min(place, len(entries) - 1)]


def _part(n_in: int, n_out: int, unknown: int, delays: list[float], settings: Settings) -> PartData:
    return PartData("lookup", (float(unknown), *delays), _table(settings, n_in, n_out, unknown), memory=n_in)


MODELS = (
    CodeModel(
        "d_lut",
        "look-up table of one output",
        (Port("in", vector=True), *outs("out")),
        {"table_values": "0", "rise_delay": 1e-9, "fall_delay": 1e-9},
        _of_one,
    ),
    CodeModel(
        "d_genlut",
        "look-up table of several outputs",
        (Port("in", vector=True), Port("out", vector=True, out=True)),
        {"table_values": "0", "rise_delay": (1e-9,), "fall_delay": (1e-9,), "input_delay": (0.0,)},
        _of_many,
    ),
)
