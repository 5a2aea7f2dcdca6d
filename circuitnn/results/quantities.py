"""Quantities of variables: a table with one line each, used by results, files, tables and pictures."""

from __future__ import annotations

from circuitnn.records import dataclass


@dataclass(frozen=True)
class Quantity:
    """A physical quantity.

    Parameters
    ----------
    name : str
        The type of variables in results and rawfiles.
    unit : str
        In ASCII, for tables and files.
    label : str
        Label of axes in pictures; empty: the name of the variable.
    symbol : str
        Unit in pictures; empty: `unit`.
    axis : str
        ngspice's name of an axis of this quantity.
    axis_in_file : str
        Name of such an axis in rawfiles, if it differs.
    type_in_file : str
        Type of such an axis in rawfiles, if it differs.
    probed : bool
        Whether values of devices in this unit are of this quantity.
    vector : int
        Number of the type of such vectors in ngspice's shared library; 0: no such type.
    """

    name: str
    unit: str = ""
    label: str = ""
    symbol: str = ""
    axis: str = ""
    axis_in_file: str = ""
    type_in_file: str = ""
    probed: bool = False
    vector: int = 0


TABLE = (
    Quantity("time", "s", "Time", axis="time", vector=1),
    Quantity("frequency", "Hz", "Frequency", axis="frequency", vector=2),
    Quantity("voltage", "V", "Voltage", axis="v-sweep", axis_in_file="v(v-sweep)", probed=True, vector=3),
    Quantity("current", "A", "Current", axis="i-sweep", axis_in_file="i(i-sweep)", probed=True, vector=4),
    Quantity(
        "resistance", "Ohm", "Resistance", "Ω", "res-sweep", type_in_file="res-sweep", probed=True, vector=15
    ),
    Quantity("temperature", "degC", "Temperature", "°C", "temp-sweep", type_in_file="temp-sweep", vector=14),
    Quantity("charge", "C", "Charge", probed=True, vector=22),
    Quantity("capacitance", "F", "Capacitance", probed=True, vector=21),
    Quantity("admittance", "S", "Conductance", probed=True, vector=17),
    Quantity("conductance", "S", "Conductance"),
    Quantity("power", "W", "Power", probed=True, vector=18),
    Quantity("voltage-density", "V/sqrt(Hz)", "Noise", "V/√Hz", vector=5),
    Quantity("current-density", "A/sqrt(Hz)", "Noise", "A/√Hz", vector=6),
    Quantity("phase-noise", "dBc/Hz", "Noise over the carrier"),
    Quantity("s-param", label="Scattering parameter", vector=20),
    Quantity("impedance", "Ohm", "Impedance", "Ω", vector=16),
    Quantity("decibel", "dB", "Level", vector=11),
    Quantity("notype", axis="param-sweep"),
)
QUANTITIES = {q.name: q for q in TABLE}
UNITS = {q.name: q.unit for q in TABLE}
OF_AXIS = {q.axis: q.name for q in TABLE if q.axis}
OF_UNIT = {q.unit: q.name for q in TABLE if q.probed}
