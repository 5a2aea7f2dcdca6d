"""Good calls of networks of oscillators and of studies."""

from __future__ import annotations

from bench.good_calls.made import (
    Call,
    Made,
    added,
    fired,
    layered,
    learned,
    machine,
    network,
    normal,
    oscillated,
    path,
    plastic,
    rc,
    sampled,
)
from circuitnn import networks, studies

CELL = {"resistance": 47e3, "capacitance": 300e-12, "supply": 14.0, "start": 12.5}
SETS = {"samples": 4, "seed": 3, "correlation": [[1.0, 0.5], [0.5, 1.0]], "seeds": False}

OF_NETWORKS: dict[str, tuple[Made | None, Call]] = {
    "Capacitive": (None, {"capacitance": 1e-12}),
    "Cell": (
        None,
        {
            "body": "r1 out s {r}",
            "parameters": {"r": 1e3},
            "level": 0.5,
            "method": "trap",
            "rails": {"s": 1.0},
        },
    ),
    "Harmonic": (None, {"amplitude": [0.0, 1e-5], "frequency": 1.6e8}),
    "Hopfield": (None, {"weights": [[0, 1], [1, 0]], "biases": [0.1, 0.2], "g_min": 1e-6, "g_max": 1e-4}),
    "Hopfield.cut": (None, {"graph": lambda: network().graph}),
    "Hopfield.energy": (lambda: networks.Hopfield([[0, 1], [1, 0]]), {"states": [1, -1]}),
    "Hopfield.settle": (
        lambda: networks.Hopfield([[0, 1], [1, 0]]),
        {"start": [1, -1], "perturbation": [0.5, 0.1]},
    ),
    "IsingMachine": (
        None,
        {
            "network": network,
            "harmonic": lambda: networks.Harmonic(1e-6, 1.2e6),
            "noise": lambda: networks.Noise(1e-7, 1e-6),
            "coupling": 1.0,
            "seed": 1,
        },
    ),
    "IsingMachine.deck": (machine, {"coupling": 0.5}),
    "IsingMachine.run": (
        machine,
        {"tstop": 1e-5, "tstep": 1e-7, "steps": 2, "readings": 8, "target": 1.0, "every_axis": True},
    ),
    "IsingRun.plot": (lambda: machine().run(1e-5, steps=2, readings=8), {"path": path("run.svg")}),
    "Memristive": (None, {"model": "drift", "parameters": {"x0": 0.5}}),
    "OscillatorNetwork": (
        None,
        {
            "graph": lambda: network().graph,
            "cell": lambda: networks.vanadium_dioxide(),
            "coupling": lambda: networks.Resistive(1e6),
            "title": "t",
        },
    ),
    "OscillatorNetwork.circuit": (network, {}),
    "OscillatorNetwork.deck": (network, {"more": ["r1 n0 0 1meg"], "factor": 2.0}),
    "OscillatorNetwork.spikes": (network, {"tstop": 5e-6, "tstep": 1e-7}),
    "OscillatorNetwork.tran": (network, {"tstop": 5e-6, "tstep": 1e-7}),
    "NetworkResult.colouring": (oscillated, {"colours": 2, "time": 1.5e-5}),
    "NetworkResult.cut": (oscillated, {"time": 1.5e-5, "every_axis": True}),
    "NetworkResult.frequencies": (oscillated, {"start": 1e-5}),
    "NetworkResult.locked": (oscillated, {"tolerance": 0.1, "start": 1e-5}),
    "NetworkResult.order_parameter": (oscillated, {"time": 1.5e-5}),
    "NetworkResult.phases": (oscillated, {"time": 1.5e-5}),
    "NetworkResult.plot": (oscillated, {"path": path("network.svg")}),
    "Noise": (None, {"amplitude": [1e-5, 0.0], "interval": 1e-9}),
    "Resistive": (None, {"resistance": 1e3, "inverting": True}),
    "Driver": (None, {"gain": 0.5, "offset": 0.1, "tail": 0.5, "decay": 1e-8}),
    "Layer": (
        None,
        {
            "array": lambda: layered().layers[0].array,
            "cell": lambda: networks.integrate_and_fire(),
            "gain": 2.0,
            "forward": lambda: networks.Driver(0.5),
            "backward": lambda: networks.Driver(0.1),
            "inhibition": 1e-5,
        },
    ),
    "SpikeInput": (
        None,
        {
            "times": [[1e-9, 2e-8], [3e-9]],
            "height": [0.1, 0.2],
            "width": 5e-9,
            "rise": 1e-9,
            "tail": 0.5,
            "decay": 1e-8,
        },
    ),
    "SpikeInput.poisson": (
        None,
        {"rates": [1e6, 2e6], "tstop": 1e-5, "seed": 1, "dead_time": 1e-7, "**": {"width": 1e-8}},
    ),
    "SpikingNetwork": (
        None,
        {"inputs": lambda: layered().inputs, "layers": lambda: layered().layers, "title": "t"},
    ),
    "SpikingNetwork.circuit": (layered, {}),
    "SpikingNetwork.deck": (layered, {}),
    "SpikingNetwork.spikes": (layered, {"tstop": 5e-8, "tstep": 1e-9}),
    "SpikingNetwork.tran": (plastic, {"tstop": 5e-8, "tstep": 1e-9, "states": True}),
    "SpikingResult.plot": (fired, {"path": path("raster.svg")}),
    "SpikingResult.plot_states": (
        learned,
        {"layer": 0, "times": [1e-8, 2e-8], "name": "x", "path": path("states.svg")},
    ),
    "SpikingResult.state": (learned, {"layer": 0, "time": 1e-8, "name": "x"}),
    "SpikingResult.to_xarray": (fired, {}),
    "Thermal": (None, {"resistance": 1e3}),
    "Transconductive": (None, {"transconductance": 1e-5, "balanced": True}),
    "chaotic_niobium_dioxide": (None, {**CELL, "supply": 1.62}),
    "integrate_and_fire": (
        None,
        {
            "threshold": 0.5,
            "reset": 0.05,
            "resistance": [1e4, 2e4],
            "capacitance": 1e-12,
            "width": 2e-9,
            "start": 0.1,
            "refractory": 1e-9,
        },
    ),
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
    "Study.waterfall": (sampled, {"measure": "out", "path": path("waterfall.svg")}),
    "Study.to_pandas": (sampled, {}),
    "Study.report": (sampled, {"path": path("study.html"), "**": {"overwrite": True}}),
    "corners": (None, {"circuit": rc, "corners": {"hot": {"temp": 85.0}}, "analysis": "op"}),
    "monte_carlo": (
        None,
        {"circuit": rc, "samples": 2, "analysis": "op", "seed": 1, "points": 11, "processes": 1},
    ),
    "study": (None, {"build": lambda: added, "space": lambda: studies.Grid(spot=[1.0, 2.0])}),
}
