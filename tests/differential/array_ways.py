"""The package's side of the differential test of arrays: every public way from a plain description to numbers."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from array_card import Deck

from circuitnn import Circuit, Crossbar, load
from circuitnn.crossbar import (
    MVM,
    Access,
    Bias,
    Complementary,
    Conductance,
    Device,
    Faults,
    Gated,
    PullUp,
    Resistance,
    Series,
)
from circuitnn.crossbar.tables import END_NAMES

TIGHT = {"reltol": 1e-9, "vntol": 1e-12, "abstol": 1e-16}
SIDES = ("left", "right", "top", "bottom")


def cell(plain):
    """One cell value of the package."""
    if plain["kind"] == "conductance":
        with np.errstate(divide="ignore"):
            return Resistance(1 / np.asarray(plain["g"])) if plain["form"] == "r" else Conductance(plain["g"])
    parts = [Resistance(p["r"]) if model == "resistor" else Device(model, **p) for model, p in plain["parts"]]
    made = parts[0]
    for part in parts[1:]:
        made = Series(made, part)
    if plain["transistor"] is not None:
        made = Gated(made, Device("ekv", **plain["transistor"]), along=plain["along"])
    return made


def array(plain):
    """The array."""
    made = cell(plain["cell"])
    if plain["negative"] is not None:
        made = Complementary(made, cell(plain["negative"]))
    faults = None if plain["faults"] is None else Faults(**plain["faults"])
    names = ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance")
    return Crossbar(
        plain["rows"],
        plain["cols"],
        made,
        **{name: plain[name] for name in names},
        contact_resistance=plain["contact_resistance"],
        faults=faults,
        temp=plain["temperature"],
        **{f"{k}{'line' * 0}_capacitance": v for k, v in plain["capacitance"].items()},
    )


def scheme(plain):
    """The bias."""
    values = {k: v for k, v in plain["bias"].items() if k != "kind"}
    return {"MVM": MVM, "Access": Access, "PullUp": PullUp, "Bias": Bias}[plain["bias"]["kind"]](**values)


def op(plain, **options):
    """The result of `Crossbar.op`."""
    return array(plain).op(scheme(plain), **options)


def product(plain, inputs):
    """`Crossbar.mvm` of an array that is biased by `MVM`."""
    return array(plain).mvm(inputs, scheme(plain))


def at_rest(plain):
    """Last point of a transient with constant sources: voltages of word and bit nodes, currents out, statistics."""
    made = array(plain).tran(scheme(plain), {}, 1e-9, **TIGHT)
    out = {side: made.currents_out(side)[-1] for side in SIDES}
    return made.word_voltage[-1], made.bit_voltage[-1], out, made.statistics


def in_circuit(plain):
    """`Circuit.crossbar` with the scheme's sources: voltages, currents of cells and ends, statistics."""
    circuit = Circuit("array in a circuit").crossbar("x1", array(plain), scheme=scheme(plain))
    return _signals(plain, circuit, "x1.")


def on_card(plain):
    """The same of a ``.crossbar`` card."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "deck.cir"
        path.write_text(Deck(plain, Path(folder), TIGHT).text)
        return _signals(plain, load(path), "")


def _signals(plain, circuit, prefix):
    result = circuit.op() if circuit.flat.options else circuit.op(**TIGHT)
    cells = circuit.cells("x1", result)
    signals = {name: float(result[name]) for name in result.names if name.startswith("i(")}
    out = ends_of(plain, signals, prefix)
    return cells.word_voltage, cells.bit_voltage, cells.cell_current, out, result.statistics


def flat_deck(plain):
    """The exported deck read again and solved: signals by name, currents out of the ends, statistics."""
    result = Circuit.from_text(array(plain).export_deck(scheme(plain), **TIGHT)).op()
    signals = {name: float(result[name]) for name in result.names}
    return signals, ends_of(plain, signals, ""), result.statistics


def ends_of(plain, signals, prefix):
    """Currents out of the ends by the signals of a circuit, 0 where an end floats."""
    made = {}
    for side in SIDES:
        count = plain["rows"] if side in ("left", "right") else plain["lines"]
        names = [f"i(v{prefix}{END_NAMES[side]}{k})" for k in range(count)]
        made[side] = np.array([signals.get(name, 0.0) for name in names])
    return made
