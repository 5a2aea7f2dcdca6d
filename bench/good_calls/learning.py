"""Good calls of neural networks on arrays."""

from __future__ import annotations

import numpy as np

from bench.good_calls.made import (
    LABELS,
    MEMRISTOR,
    Call,
    G,
    Made,
    W,
    X,
    dense,
    hardware,
    mapped,
    on_array,
    response,
    software,
    spiking,
)
from circuitnn import neural
from circuitnn.crossbar import Device

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
