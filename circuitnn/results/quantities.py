"""What the variables of results are: one line a quantity, from which results, files, tables and pictures take it."""

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
        What axes of pictures are called; empty: as the variable.
    symbol : str
        Unit in pictures; empty: `unit`.
    axis : str
        ngspice's name of an axis of this quantity.
    axis_in_file : str
        What a rawfile calls such an axis, if that is another name.
    type_in_file : str
        What a rawfile calls the type of such an axis, if that is another name.
    probed : bool
        Whether values of devices in this unit are of this quantity.
    """

    name: str
    unit: str = ""
    label: str = ""
    symbol: str = ""
    axis: str = ""
    axis_in_file: str = ""
    type_in_file: str = ""
    probed: bool = False


TABLE = (
    Quantity("time", "s", "Time", axis="time"),
    Quantity("frequency", "Hz", "Frequency", axis="frequency"),
    Quantity("voltage", "V", "Voltage", axis="v-sweep", axis_in_file="v(v-sweep)", probed=True),
    Quantity("current", "A", "Current", axis="i-sweep", axis_in_file="i(i-sweep)", probed=True),
    Quantity("resistance", "Ohm", "Resistance", "Ω", "res-sweep", type_in_file="res-sweep", probed=True),
    Quantity("temperature", "degC", "Temperature", "°C", "temp-sweep", type_in_file="temp-sweep"),
    Quantity("charge", "C", "Charge", probed=True),
    Quantity("capacitance", "F", "Capacitance", probed=True),
    Quantity("admittance", "S", "Conductance", probed=True),
    Quantity("conductance", "S", "Conductance"),
    Quantity("power", "W", "Power", probed=True),
    Quantity("voltage-density", "V/sqrt(Hz)", "Noise", "V/√Hz"),
    Quantity("current-density", "A/sqrt(Hz)", "Noise", "A/√Hz"),
    Quantity("notype", axis="param-sweep"),
)
QUANTITIES = {q.name: q for q in TABLE}
UNITS = {q.name: q.unit for q in TABLE}
OF_AXIS = {q.axis: q.name for q in TABLE if q.axis}
OF_UNIT = {q.unit: q.name for q in TABLE if q.probed}
