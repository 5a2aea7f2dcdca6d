"""A good call of every public function and method, for `bench.edges`.

A new one needs an entry here; `tests/unit/test_edges.py` says which one lacks it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from circuitnn import Circuit, Crossbar, crossbar, networks, neural, studies
from circuitnn.crossbar import Access, Complementary, Conductance, Device, Faults, Pulse, Series

RC = """rc
v1 in 0 dc 1 ac 1 distof1 1 distof2 1 sin(0 1 1k) portnum 1
r1 in out 1k
c1 out 0 100n
v2 sense out 0
d1 sense 0 dm
.param p=1
.model dm d
.meas tran top max v(out)
"""
WAVES = "waves\nv1 a 0 sin(0 1 1k)\nr1 a b 1k\nc1 b 0 10n\n"
OSCILLATOR = """van der pol
c1 y 0 1 ic=1
b1 y 0 i={v(z)}
c2 z 0 1
b2 z 0 i={-v(y)-(1-v(y)*v(y))*v(z)}
v1 q 0 1
r1 q 0 1
"""
MEMRISTOR = {
    "ron": 5e3,
    "roff": 1e5,
    "von": -0.7,
    "voff": 0.7,
    "aon": 3.0,
    "aoff": 3.0,
    "kon": -4.0,
    "koff": 4.0,
}
G = [[1e-4, 2e-4], [3e-4, 4e-4], [5e-4, 1e-4]]
X = [[0.1, 0.2, 0.3], [0.4, 0.1, 0.2], [0.3, 0.3, 0.1], [0.2, 0.5, 0.4]]
W = [[0.5, -0.25], [1.0, 0.5], [-0.5, 0.75]]
LABELS = [0, 1, 0, 1]
FOLDER = Path(tempfile.mkdtemp(prefix="circuitnn-edges-"))

Call = dict[str, Any]
Made = Callable[[], Any]


def rc() -> Circuit:
    """A driven circuit with a diode."""
    return Circuit.from_text(RC)


def array() -> Crossbar:
    """A linear array."""
    return Crossbar(3, 2, np.array(G), wordline_resistance=1.0, bitline_resistance=2.0)


def read() -> Access:
    """A read of one cell."""
    return Access(1, 1, 0.2)


@cache
def waves() -> Any:
    """A transient of sines."""
    return Circuit.from_text(WAVES).tran("5m", "10u")


@cache
def operated() -> Any:
    """An operating point of an array."""
    return array().op(read())


@cache
def moved() -> Any:
    """A transient of an array."""
    return Crossbar(2, 2, "drift").tran(Access(0, 0, 1.0), Pulse(1e-9, 1e-10, 1e-10), 2e-9)


@cache
def oscillated() -> Any:
    """A transient of a network."""
    return network().tran("20u")


def network() -> networks.Network:
    """Two coupled oscillators."""
    import networkx

    return networks.Network(networkx.path_graph(2), networks.vanadium_dioxide(), networks.Capacitive(30e-12))


def dense() -> neural.Dense:
    """A layer that has been used."""
    made = neural.Dense(np.array(W), np.array([0.1, 0.2]), "tanh")
    made.forward(np.array(X))
    return made


def software() -> neural.Network:
    """A network of one layer that has been used."""
    made = neural.Network([dense()])
    made.forward(np.array(X))
    return made


def hardware() -> neural.Hardware:
    """Small arrays."""
    return neural.Hardware(g_min=1e-6, g_max=2e-5, tile=(4, 4))


def mapped() -> neural.MappedNetwork:
    """The network on arrays."""
    return neural.MappedNetwork(software(), hardware(), np.array(X))


@cache
def response() -> neural.PulseResponse:
    """Pulses of a memristor."""
    return neural.PulseResponse(Device("vteam", **MEMRISTOR), (-1.2, 1e-9), (1.2, 1e-9))


def spiking() -> neural.SpikingArray:
    """Two neurons."""
    return neural.SpikingArray(3, 2, response(), neural.Spiking(steps=3))


def on_array() -> neural.OnArray:
    """A network that learns by pulses."""
    made = neural.MappedNetwork(
        software(), neural.Hardware(g_min=1.1e-5, g_max=1.9e-4, tile=(4, 4)), np.array(X)
    )
    return neural.OnArray(made, response())


@cache
def sampled() -> Any:
    """A Monte Carlo study."""
    return rc().monte_carlo(3, "tran 10u 1m", measures={"out": "tran max v(out)"}, limits={"out": (0.0, 2.0)})


def path(name: str) -> Path:
    """A file of the campaign's own."""
    return FOLDER / name


@cache
def written(name: str, text: str) -> Path:
    """A file with a text."""
    path(name).write_text(text)
    return path(name)


def of_weights() -> Complementary:
    """Signed cells."""
    return Complementary.from_weights(W, 1e-6, 1e-4)


def added(spot: float) -> dict[str, float]:
    """The function of a study."""
    return {"y": spot * 2.0}


def normal() -> Any:
    """A distribution."""
    from scipy.stats import norm

    return norm(1.0, 0.1)


def with_array() -> Circuit:
    """A circuit with an array in it."""
    made = Circuit("t").V("1", "a0", 0, 0.1).V("2", "a1", 0, 0.2).V("3", "a2", 0, 0.3)
    return made.crossbar("x", array(), left="a", bottom=0)


@cache
def of_cells() -> Any:
    """Signals of an array in a circuit."""
    made = with_array()
    return made.cells("x", made.op())


OVER = {"start": 1.0, "stop": 100.0, "points": 3, "variation": "dec"}
STABLE = {"start": 0.0, "stop": 1.0}
FEW = {"weights": W, "g_min": 1e-6, "g_max": 1e-4}
ON: Call = {
    "stuck": {(0, 1): 1e-3},
    "opens": [(1, 0)],
    "shorts": [(2, 1)],
    "open_word": [(0, 0)],
    "open_bit": [(1, 1)],
}
CELL = {"resistance": 47e3, "capacitance": 300e-12, "supply": 14.0, "start": 12.5}
SETS = {"samples": 4, "seed": 3, "correlation": [[1.0, 0.5], [0.5, 1.0]], "seeds": False}

CIRCUITS: dict[str, tuple[Made | None, Call]] = {
    "ac": (rc, OVER),
    "add": (rc, {"*lines": ["r9 in 0 1k"]}),
    "altered": (rc, {"values": {("r1", ""): 2e3}, "models": {"dm": {"is": 1e-15}}}),
    "arc": (rc, {"source": "v1", **STABLE, "points": 4, "branches": 0, "settled": False}),
    "at_corner": (rc, {"corner": {"p": 2.0, "temp": 50.0}}),
    "cells": (with_array, {"name": "x", "result": lambda: with_array().op()}),
    "check": (rc, {}),
    "corners": (rc, {"corners": {"hot": {"temp": 85.0}}, "analysis": "op"}),
    "crossbar": (
        lambda: Circuit("t").V("1", "a0", 0, 1),
        {"name": "x", "array": array, "left": "a", "bottom": 0},
    ),
    "cycles": (
        lambda: Circuit.from_text(OSCILLATOR),
        {"name": "v1", "start": 1.0, "stop": 1.1, "tstab": 30.0, "points": 2, "tolerance": 1e-3, "uic": True},
    ),
    "dc": (rc, {"sweeps": "v1", **STABLE, "step": 0.5}),
    "disto": (rc, {**OVER, "ratio": 0.9}),
    "draw": (rc, {"path": path("netlist.svg")}),
    "element": (rc, {"name": "r9", "*fields": ["in", 0, 1e3]}),
    "export": (rc, {}),
    "from_text": (None, {"text": RC}),
    "lyapunov": (
        rc,
        {"tstop": 1e-4, "tstab": 1e-4, "count": 1, "tmax": 1e-5, "tolerance": 1e-3, "uic": True},
    ),
    "model": (rc, {"name": "dx", "kind": "d"}),
    "monte_carlo": (rc, {"samples": 2, "analysis": "op"}),
    "noise": (rc, {"output": "out", "source": "v1", **OVER}),
    "op": (rc, {}),
    "options": (rc, {}),
    "param": (rc, {}),
    "pss": (rc, {"frequency": 1e3, "tstab": 1e-3, "node": "out", "harms": 2, "tolerance": 1e-4}),
    "pz": (rc, {"source": "in", "output": "out", "drive": "vol", "wanted": "pz"}),
    "run": (lambda: rc().add(".op"), {"order": ("op",)}),
    "sens": (rc, {"output": "out", **OVER}),
    "solutions": (rc, {"starts": 2}),
    "sp": (
        lambda: Circuit.from_text(
            "t\nv1 in 0 dc 0 portnum 1 z0 50\nr1 in out 10\nc1 out 0 1n\nv2 out 0 dc 0 portnum 2 z0 50\n"
        ),
        {**OVER, "noise": True},
    ),
    "spikes": (rc, {"tstop": 1e-3, "levels": {"v(out)": 0.1}, "tstep": 1e-5, "tmax": 1e-5, "uic": True}),
    "state": (rc, {"uic": True}),
    "study": (
        rc,
        {
            "space": lambda: studies.Grid(p=[1.0, 2.0]),
            "measures": {"out": "tran max v(out)"},
            "analysis": "tran 10u 1m",
        },
    ),
    "system": (rc, {"tstop": 1e-3, "tstep": 1e-5}),
    "tf": (rc, {"output": "out", "source": "v1"}),
    "tran": (rc, {"tstop": 1e-4, "tstep": 1e-5, "tstart": 0.0, "tmax": 1e-5, "uic": True}),
    "verify": (rc, {"analysis": "op", "limit": 1.0}),
    "with_analysis": (rc, {"card": "op"}),
    "with_card": (rc, {"keyword": ".op", "text": "", "origin": 0, "keep": True}),
    "with_dialect": (rc, {"behaviour": "psa"}),
    "with_external": (lambda: Circuit("t").V("1", "a", 0, "dc 0 external"), {"**": {"v1": lambda t: 1.0}}),
    "with_options": (rc, {"**": {"reltol": 1e-4}}),
    "with_parameters": (rc, {"**": {"p": 2.0}}),
    "without_control": (rc, {}),
}
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
    "per_column": (array, {"values": [1.0, 2.0]}),
    "products": (array, {"inputs": X}),
    "sensitivity": (array, {"result": operated, "output": 1, "by": "conductance"}),
    "study": (array, {"space": lambda: studies.Grid(wordline_resistance=[1.0, 2.0]), "scheme": read}),
    "tran": (
        lambda: Crossbar(2, 2, "drift"),
        {"scheme": read, "waves": Pulse(1e-9, 1e-10, 1e-10), "tstop": 2e-9},
    ),
    "with_cell": (array, {"row": 1, "col": 0, "value": 1e-3}),
}
RESULTS: dict[str, tuple[Made, Call]] = {
    "amplitude": (waves, {"signal": "v(b)", "start": 1e-3}),
    "array": (waves, {"name": "v(b)"}),
    "duty": (waves, {"signal": "v(b)", "level": 0.1, "start": 1e-3}),
    "find": (waves, {"name": "v(b)"}),
    "net": (waves, {"key": "b"}),
    "period": (waves, {"signal": "v(b)", "level": 0.1, "start": 1e-3}),
    "phase": (waves, {"signal": "v(b)", "level": 0.1, "start": 1e-3}),
    "plot": (waves, {"*signals": ["v(b)"], "path": path("plot.svg"), "kind": "", "title": "t"}),
    "save": (waves, {"path": path("out.raw"), "format": "raw"}),
    "section": (waves, {"signal": "v(b)", "level": 0.1, "*others": ["v(a)"], "start": 0.0}),
    "spikes": (waves, {"signal": "v(b)", "level": 0.1, "start": 0.0}),
    "summary": (waves, {}),
    "to_dataframe": (waves, {}),
    "to_xarray": (waves, {}),
}
SIZE: Call = {"rows": 3, "cols": 2}
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
    "CrossbarResult.plot": (operated, {"what": "cell_current", "path": path("array.svg"), "scale": "auto"}),
    "CrossbarResult.save": (operated, {"path": path("array.nc")}),
    "CrossbarResult.sneak_paths": (operated, {"count": 2}),
    "CrossbarResult.to_xarray": (operated, {}),
    "CrossbarTransient.currents_out": (moved, {"side": "left"}),
    "CrossbarTransient.disturb": (moved, {"name": "y"}),
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
OF_NETWORKS: dict[str, tuple[Made | None, Call]] = {
    "Capacitive": (None, {"capacitance": 1e-12}),
    "Cell": (
        None,
        {
            "body": "r1 out 0 {r}",
            "parameters": {"r": 1e3},
            "level": 0.5,
            "method": "trap",
            "rails": {"s": 1.0},
        },
    ),
    "Hopfield": (None, {"weights": [[0, 1], [1, 0]], "biases": [0.1, 0.2], "g_min": 1e-6, "g_max": 1e-4}),
    "Hopfield.cut": (None, {"graph": lambda: network().graph}),
    "Hopfield.energy": (lambda: networks.Hopfield([[0, 1], [1, 0]]), {"states": [1, -1]}),
    "Hopfield.settle": (
        lambda: networks.Hopfield([[0, 1], [1, 0]]),
        {"start": [1, -1], "perturbation": [0.5, 0.1]},
    ),
    "Memristive": (None, {"model": "drift", "parameters": {"x0": 0.5}}),
    "Network": (
        None,
        {
            "graph": lambda: network().graph,
            "cell": lambda: networks.vanadium_dioxide(),
            "coupling": lambda: networks.Resistive(1e6),
            "title": "t",
        },
    ),
    "Network.circuit": (network, {}),
    "Network.deck": (network, {}),
    "Network.spikes": (network, {"tstop": 5e-6, "tstep": 1e-7}),
    "Network.tran": (network, {"tstop": 5e-6, "tstep": 1e-7}),
    "NetworkResult.colouring": (oscillated, {"colours": 2, "time": 1.5e-5}),
    "NetworkResult.cut": (oscillated, {"time": 1.5e-5}),
    "NetworkResult.frequencies": (oscillated, {"start": 1e-5}),
    "NetworkResult.locked": (oscillated, {"tolerance": 0.1, "start": 1e-5}),
    "NetworkResult.order_parameter": (oscillated, {"time": 1.5e-5}),
    "NetworkResult.phases": (oscillated, {"time": 1.5e-5}),
    "NetworkResult.plot": (oscillated, {"path": path("network.svg")}),
    "Resistive": (None, {"resistance": 1e3}),
    "Thermal": (None, {"resistance": 1e3}),
    "chaotic_niobium_dioxide": (None, {**CELL, "supply": 1.62}),
    "niobium_dioxide": (None, {**CELL, "supply": 2.0}),
    "thermal_neuristor": (None, {**CELL, "supply": 13.0}),
    "vanadium_dioxide": (None, CELL),
}
OF_STUDIES: dict[str, tuple[Made | None, Call]] = {
    "Corners": (None, {"corners": {"a": {"p": 1.0}, "b": {"p": 2.0}}}),
    "Grid": (None, {"**": {"p": [1.0, 2.0], "q": [3.0]}}),
    "LatinHypercube": (None, {**SETS, "**": {"p": normal, "q": normal}}),
    "MonteCarlo": (None, {**SETS, "**": {"p": normal, "q": normal}}),
    "Points": (None, {"**": {"p": [1.0, 2.0], "q": [3.0, 4.0]}}),
    "Sobol": (None, {**SETS, "**": {"p": normal, "q": normal}}),
    "Study.good": (sampled, {"*measures": ["out"]}),
    "Study.histogram": (sampled, {"*measures": ["out"], "path": path("histogram.svg")}),
    "Study.save": (sampled, {"path": path("study.csv")}),
    "Study.statistics": (sampled, {}),
    "Study.to_xarray": (sampled, {}),
    "corners": (None, {"circuit": rc, "corners": {"hot": {"temp": 85.0}}, "analysis": "op"}),
    "monte_carlo": (
        None,
        {"circuit": rc, "samples": 2, "analysis": "op", "seed": 1, "points": 11, "processes": 1},
    ),
    "study": (None, {"build": lambda: added, "space": lambda: studies.Grid(spot=[1.0, 2.0])}),
}
OF_NEURAL: dict[str, tuple[Made | None, Call]] = {
    "Ageing": (
        None,
        {"network": mapped, "inputs": X, "statistics": "aihwkit", "read_noise": False, "seed": 1},
    ),
    "Ageing.at": (lambda: neural.Ageing(mapped(), np.array(X)), {"time": 10.0, "compensated": True}),
    "Dense": (None, {"weights": W, "bias": [0.1, 0.2], "activation": "tanh"}),
    "Dense.backward": (dense, {"by_output": [[1.0, 2.0]] * 4}),
    "Dense.forward": (dense, {"x": X}),
    "Hardware": (
        None,
        {
            "g_min": 1e-6,
            "g_max": 2e-5,
            "tile": (4, 4),
            "line_resistance": 1.0,
            "voltage": 0.2,
            "input_bits": 4,
        }
        | {
            "output_bits": 4,
            "streamed": True,
            "gate": 0.0,
            "both_ends": True,
            "binary": False,
            "quantile": 0.9,
        }
        | {"spread": 0.1, "stuck": 0.1, "seed": 2, "driver_resistance": 1.0, "sense_resistance": 1.0},
    ),
    "Hardware.array": (hardware, {"positive": G, "negative": G, "name": "t"}),
    "MappedLayer": (None, {"dense": dense, "hardware": hardware, "name": "one", "threads": 1}),
    "MappedLayer.backward": (lambda: mapped().layers[0], {"by_output": [[1.0, 2.0]] * 4}),
    "MappedLayer.calibrate": (lambda: mapped().layers[0], {"x": X, "wanted": [[0.1, 0.2]] * 4}),
    "MappedLayer.changed": (lambda: mapped().layers[0], {}),
    "MappedLayer.currents": (lambda: mapped().layers[0], {"x": X}),
    "MappedLayer.forward": (lambda: mapped().layers[0], {"x": X}),
    "MappedLayer.kept": (lambda: mapped().layers[0], {}),
    "MappedLayer.restore": (lambda: mapped().layers[0], {"kept": lambda: mapped().layers[0].kept()}),
    "MappedLayer.write": (
        lambda: mapped().layers[0],
        {"positive": (np.array(G) / 50).tolist(), "negative": (np.array(G) / 50).tolist()},
    ),
    "MappedNetwork": (None, {"source": software, "hardware": hardware, "inputs": X, "threads": 1}),
    "MappedNetwork.backward": (mapped, {"by_output": [[1.0, 2.0]] * 4}),
    "MappedNetwork.changed": (mapped, {}),
    "MappedNetwork.checked": (mapped, {"inputs": X}),
    "MappedNetwork.forward": (mapped, {"x": X}),
    "Network": (None, {"layers": lambda: [dense()]}),
    "Network.backward": (software, {"by_output": [[1.0, 2.0]] * 4}),
    "Network.changed": (software, {}),
    "Network.checked": (software, {"inputs": X}),
    "Network.forward": (software, {"x": X}),
    "Network.random": (None, {"sizes": [3, 4, 2], "activation": "relu", "seed": 1}),
    "OnArray": (
        None,
        {"network": lambda: on_array().network, "response": response, "noise": 0.1, "most": 5, "seed": 1},
    ),
    "OnArray.step": (
        on_array,
        {
            "gradients": lambda: [
                {"positive": np.array(W), "negative": np.array(W), "bias": np.ones(2), "gain": np.ones(2)}
            ],
            "rate": 0.01,
        },
    ),
    "PulseResponse": (
        None,
        {
            "device": lambda: Device("vteam", **MEMRISTOR),
            "up": (-1.2, 1e-9),
            "down": (1.2, 1e-9),
            "read_voltage": 0.1,
        },
    ),
    "PulseResponse.conductance": (response, {"states": [0.1, 0.5]}),
    "PulseResponse.pulsed": (
        response,
        {"states": [0.1, 0.5], "pulses": [1, -1], "noise": 0.0, "rng": lambda: np.random.default_rng(0)},
    ),
    "PulseResponse.state": (response, {"conductances": [1e-5, 1e-4]}),
    "Spiking": (
        None,
        {
            "steps": 3,
            "rate": 0.5,
            "window": 2,
            "leak": 0.1,
            "activity": 0.1,
            "homeostasis": 0.05,
            "voltage": 0.1,
        },
    ),
    "SpikingArray": (
        None,
        {
            "inputs": 3,
            "neurons": 2,
            "response": response,
            "line_resistance": 1.0,
            "spread": 0.1,
            "noise": 0.1,
            "seed": 1,
        },
    ),
    "SpikingArray.learn": (spiking, {"examples": X, "epochs": 1}),
    "SpikingArray.present": (spiking, {"example": X[0], "learn": True}),
    "SpikingArray.responses": (spiking, {"examples": X}),
    "accuracy": (None, {"network": software, "inputs": X, "labels": LABELS}),
    "classified": (None, {"responses": [[1.0, 0.0], [0.0, 1.0]], "names": [0, 1]}),
    "cross_entropy": (None, {"outputs": [[1.0, 2.0]] * 4, "labels": LABELS}),
    "named_neurons": (None, {"responses": [[1.0, 0.0], [0.0, 1.0]], "labels": [0, 1]}),
    "over_time": (
        None,
        {
            "ageing": lambda: neural.Ageing(mapped(), np.array(X)),
            "times": [0.0, 10.0],
            "inputs": X,
            "labels": LABELS,
        },
    ),
    "read": (None, {"source": lambda: [(np.array(W),)]}),
    "train": (
        None,
        {
            "network": software,
            "inputs": X,
            "labels": LABELS,
            "epochs": 1,
            "batch": 2,
            "rate": 0.01,
            "seed": 1,
        },
    ),
    "train_on_array": (
        None,
        {
            "array": on_array,
            "inputs": X,
            "labels": LABELS,
            "epochs": 1,
            "batch": 2,
            "rate": 0.01,
            "periphery": 1e-3,
        },
    ),
}
GOOD: dict[str, tuple[Made | None, Call]] = {
    "Circuit": (None, {"title": "t"}),
    **{f"Circuit.{name}": call for name, call in CIRCUITS.items()},
    "Crossbar": (
        None,
        {
            **SIZE,
            "cell": G,
            "wordline_resistance": [1.0, 2.0, 3.0],
            "bitline_resistance": 1.0,
            "temperature": 30.0,
        }
        | {
            "contact_resistance": 1.0,
            "wordline_capacitance": 1e-15,
            "name": "x",
            "seed": 3,
            "sense_resistance": 1.0,
        },
    ),
    **{f"Crossbar.{name}": call for name, call in ARRAYS.items()},
    **{f"Result.{name}": call for name, call in RESULTS.items()},
    "evaluate": (None, {"result": waves, "expression": "v(b)*2"}),
    "fourier": (None, {"result": waves, "frequency": 1e3, "*signals": ["v(b)"], "grid": 200, "harmonics": 3}),
    "load": (None, {"path": lambda: written("deck.cir", RC)}),
    **{f"crossbar.{name}": call for name, call in CROSSBARS.items()},
    **{f"networks.{name}": call for name, call in OF_NETWORKS.items()},
    **{f"studies.{name}": call for name, call in OF_STUDIES.items()},
    **{f"neural.{name}": call for name, call in OF_NEURAL.items()},
}
# Without a good call of their own, and why.
ELSEWHERE = {
    "made by the package alone": (
        "Circuit.locus "
        "Circuit.of Circuit.analysed Circuit.place Crossbar.ends Crossbar.edited Result Statistics Statistics.counts "
        "crossbar.CellSignals crossbar.CrossbarResult crossbar.CrossbarTransient networks.Colouring networks.Cut "
        "networks.Settled networks.NetworkResult studies.Study studies.Study.of neural.History"
    ),
    "called by networks": "networks.Coupling "
    + " ".join(
        f"networks.{k}.cards" for k in ("Coupling", "Capacitive", "Memristive", "Resistive", "Thermal")
    ),
    "takes any object whose text is a deck": "from_pyspice Circuit.from_pyspice",
    "files, tested in tests/unit/test_model_files.py": "load_models",
    "prints": "show_config",
    "records of studies, tested in tests/analytic/test_study_engine.py": (
        "studies.opened studies.Study.overlay "
        + " ".join(
            f"studies.{k}.{m}"
            for k in ("Corners", "Grid", "Points", "MonteCarlo", "Sobol", "LatinHypercube")
            for m in ("read", "write", "coordinates")
        )
    ),
    "the same function as another": "crossbar.Gated.then",
}
