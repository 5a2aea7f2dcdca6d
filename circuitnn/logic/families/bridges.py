"""Bridges between nodes of the circuit and nets of logic."""

from circuitnn.logic.code_model import Bridge, CodeModel, Port

_LEVELS = {"in_low": 0.1, "in_high": 0.9, "rise_delay": 1e-9, "fall_delay": 1e-9}
_TIMES = {"t_rise": 1e-9, "t_fall": 1e-9}

MODELS = (
    CodeModel(
        "adc_bridge",
        "voltages as logic values",
        (Port("in", vector=True, analog=True), Port("out", vector=True, out=True)),
        _LEVELS,
        bridge=Bridge(sees=True, automatic="auto_adc"),
    ),
    CodeModel(
        "dac_bridge",
        "logic values as voltages",
        (Port("in", vector=True), Port("out", vector=True, out=True, analog=True)),
        {"out_low": 0.0, "out_high": 1.0, "out_undef": 0.5, **_TIMES},
        bridge=Bridge(drives="voltage", automatic="auto_dac"),
    ),
    CodeModel(
        "bidi_bridge",
        "voltages as logic values, and logic values as switched resistors",
        (
            Port("a", vector=True, analog=True),
            Port("d", vector=True, out=True),
            Port("dir", optional=True),
        ),
        {
            "direction": 2.0,
            **_LEVELS,
            "out_low": 0.0,
            "out_high": 3.3,
            "r_stl": 20.0,
            "r_sth": 20.0,
            "r_low": 10e3,
            "r_high": 10e3,
            "drive_low": 20e-3,
            "drive_high": 20e-3,
            **_TIMES,
        },
        bridge=Bridge(sees=True, drives="conductance", automatic="auto_bidi"),
    ),
)
