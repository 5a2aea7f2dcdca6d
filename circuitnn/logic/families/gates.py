"""Gates, buffers and pulling resistors."""

from circuitnn.logic.code_model import CodeModel, PartData, Port, Settings, delay, ins, outs

# Gates of the kernel, by the type of the model card.
_FUNCTIONS = {"and": 0, "nand": 1, "or": 2, "nor": 3, "xor": 4, "xnor": 5}
_DELAYS = {"rise_delay": 1e-9, "fall_delay": 1e-9, "inertial_delay": 0.0}


def _gate(function: int, rise: str, fall: str, settings: Settings) -> PartData:
    return PartData("gate", (float(function), delay(settings, rise), delay(settings, fall)))


def _of_many(name: str, function: int) -> CodeModel:
    return CodeModel(
        f"d_{name}",
        f"{name} of any number of inputs",
        (Port("in", vector=True), *outs("out")),
        _DELAYS,
        lambda settings, n_in, n_out: _gate(function, "rise_delay", "fall_delay", settings),
    )


def _of_one(
    name: str, meaning: str, function: int, up: str = "rise_delay", down: str = "fall_delay"
) -> CodeModel:
    return CodeModel(
        name,
        meaning,
        (*ins("in"), *outs("out")),
        {up: 1e-9, down: 1e-9, "inertial_delay": 0.0},
        lambda settings, n_in, n_out: _gate(function, up, down, settings),
    )


def _pull(name: str, level: float) -> CodeModel:
    return CodeModel(
        name, f"resistor to {level:g}", outs("out"), {}, lambda s, n_in, n_out: PartData("pull", (level,))
    )


MODELS = (
    _of_one("d_buffer", "buffer", 0),
    _of_one("d_inverter", "inverter", 1),
    _of_one("d_open_c", "buffer that drives zeros only", 6, "open_delay", "fall_delay"),
    _of_one("d_open_e", "buffer that drives ones only", 7, "rise_delay", "open_delay"),
    *(_of_many(name, function) for name, function in _FUNCTIONS.items()),
    CodeModel(
        "d_tristate",
        "buffer that drives while it is enabled",
        (*ins("in", "enable"), *outs("out")),
        {"delay": 1e-9, "inertial_delay": 0.0},
        lambda settings, n_in, n_out: PartData("tristate", (delay(settings, "delay"),)),
    ),
    _pull("d_pullup", 1.0),
    _pull("d_pulldown", 0.0),
)
