"""Good calls of arrays, cells, biases and their results."""

from __future__ import annotations

from bench.good_calls.made import Call, G, Made, W, X, array, moved, of_weights, operated, path, read, written
from circuitnn import Crossbar, crossbar, studies
from circuitnn.crossbar import Conductance, Device, Faults, Pulse, Series

FEW = {"weights": W, "g_min": 1e-6, "g_max": 1e-4}
ON: Call = {
    "stuck": {(0, 1): 1e-3},
    "opens": [(1, 0)],
    "shorts": [(2, 1)],
    "open_word": [(0, 0)],
    "open_bit": [(1, 1)],
}
SIZE: Call = {"rows": 3, "cols": 2}
ARRAYS: dict[str, tuple[Made | None, Call]] = {
    "alike": (array, {"other": array}),
    "changed": (array, {"**": {"wordline_resistance": 3.0}}),
    "conductance_error": (array, {}),
    "effective_conductance": (array, {}),
    "export_deck": (array, {"scheme": read}),
    "from_deck": (None, {"path": lambda: written("array.cir", array().export_deck(read()))}),
    "mvm": (array, {"inputs": [0.1, 0.2, 0.3]}),
    "op": (array, {"scheme": read, "engine": "auto", "tolerance": 1e-10}),
    "options": (array, {"**": {"reltol": 1e-6}}),
    "products": (array, {"inputs": X}),
    "sensitivity": (array, {"result": operated, "output": 1, "by": "conductance"}),
    "study": (array, {"space": lambda: studies.Grid(wordline_resistance=[1.0, 2.0]), "scheme": read}),
    "tran": (
        lambda: Crossbar(2, 2, "drift"),
        {"scheme": read, "waves": Pulse(1e-9, 1e-10, 1e-10), "tstop": 2e-9},
    ),
    "with_cell": (array, {"row": 1, "col": 0, "value": 1e-3}),
}
CROSSBARS: dict[str, tuple[Made | None, Call]] = {
    "Access": (None, {"row": 1, "col": 0, "voltage": 0.2, "unselected": "half", "rows_at": 0.1, "gate": 0.0}),
    "Access.bias": (read, SIZE),
    "Bias": (None, {"left": [0.1, 0.2, 0.3], "bottom": 0.0, "resistance": {"left": 1.0}, "selected": (0, 0)}),
    "Bias.bias": (lambda: crossbar.Bias([0.1, 0.2, 0.3], bottom=0.0), SIZE),
    "CellSignals.state": (moved, {"name": "y"}),
    "Complementary": (None, {"positive": G, "negative": G, "scale": 1.0}),
    "Complementary.from_weights": (None, {**FEW, "largest": 2.0}),
    "Complementary.then": (of_weights, {"other": lambda: Device("diode")}),
    "Conductance": (None, {"values": G}),
    "Conductance.then": (lambda: Conductance(1e-3), {"other": lambda: Device("diode")}),
    "CrossbarResult.plot": (
        operated,
        {"quantity": "cell_current", "path": path("array.svg"), "scale": "auto"},
    ),
    "CrossbarResult.save": (operated, {"path": path("array.nc")}),
    "CrossbarResult.sneak_paths": (operated, {"count": 2}),
    "CrossbarResult.to_xarray": (operated, {}),
    "CrossbarResult.to_pandas": (operated, {}),
    "CrossbarResult.report": (operated, {"path": path("array.html"), "**": {"overwrite": True}}),
    "CrossbarTransient.currents_out": (moved, {"side": "left"}),
    "CrossbarTransient.disturb": (moved, {"name": "y"}),
    "CrossbarTransient.plot": (moved, {"state": "y", "at": 2, "path": path("frames.svg")}),
    "CrossbarTransient.state": (moved, {"name": "y"}),
    "Device": (None, {"*": ["drift"], "**": {"ron": [[1e3, 2e3]]}}),
    "Device.then": (lambda: Device("drift"), {"other": lambda: Device("diode")}),
    "Faults": (None, ON),
    "Faults.break_segments": (lambda: Faults(**ON), {"resistance": [1.0, 1.0, 1.0], "word": True, **SIZE}),
    "Faults.conductances": (lambda: Faults(**ON), SIZE),
    "Gated": (
        None,
        {"cell": lambda: Conductance(1e-3), "transistor": lambda: Device("ekv"), "along": "rows"},
    ),
    "MVM": (None, {"inputs": [0.1, 0.2, 0.3], "both_ends": False, "sense_both": True, "gate": 0.0}),
    "MVM.bias": (lambda: crossbar.MVM([0.1, 0.2, 0.3]), SIZE),
    "PullUp": (
        None,
        {"row": 1, "col": 0, "voltage": 1.0, "resistance": 1e3, "pulled": "one", "rows_at": 0.0},
    ),
    "PullUp.bias": (lambda: crossbar.PullUp(1, 0, 1.0, 1e3), SIZE),
    "Pulse": (None, {"width": 1e-9, "rise": 1e-10, "fall": 1e-10, "delay": 0.0, "period": 1e-8}),
    "Pulse.waveform": (lambda: Pulse(1e-9, 1e-10, 1e-10), {"voltage": 1.0}),
    "Resistance": (None, {"values": [[1e3, 2e3]]}),
    "Series": (None, {"first": lambda: Device("drift"), "second": lambda: Device("diode")}),
    "Series.then": (lambda: Series(Device("drift"), Device("diode")), {"other": lambda: Conductance(1e-3)}),
}
