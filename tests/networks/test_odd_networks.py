"""Odd arguments of networks, their parts, results and studies: a result, or one sentence."""

import warnings

import networkx as nx
import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.networks import (
    Capacitive,
    Cell,
    Hopfield,
    Memristive,
    OscillatorNetwork,
    Resistive,
    Thermal,
    chaotic_niobium_dioxide,
    niobium_dioxide,
    perturbations,
    thermal_neuristor,
    vanadium_dioxide,
)
from circuitnn.networks.questions import annealing, colouring, locking

NAN = float("nan")
ODD = [
    *(
        NAN,
        float("inf"),
        float("-inf"),
        None,
        "",
        "abc",
        "0",
        b"x",
        1j,
        [],
        ("a", "b"),
        {},
        [NAN],
        [[1.0, 2.0]],
    ),
    *(np.array([1.0, 2.0]), np.array([]), [[]], [1, "x"], [-1.0], 0, -1, 0.5, True, 1e300, 2**70, -1e-12),
]
RING = nx.cycle_graph(3)
WEIGHTS = np.array([[0.0, 1.0, -1.0], [1.0, 0.0, 1.0], [-1.0, 1.0, 0.0]])
ORBIT = Circuit.from_text(
    "t\nl1 a 0 1\nc1 a 0 1\nb1 a 0 i=v(a)*v(a)*v(a)/3-v(a)\nr1 a 0 1k\n.ic v(a)=1\n.end\n"
).pss(0.16, 50, uic=True)
RUN = OscillatorNetwork(RING, vanadium_dioxide(), Capacitive(30e-12)).tran("60u")


def flat(cell=None, coupling=None, **more):
    cell, coupling = cell or vanadium_dioxide(), coupling or Capacitive(30e-12)
    return OscillatorNetwork(RING, cell, coupling, **more).circuit().flat


def of_cell(make):
    return lambda **given: flat(make(**given))


CELL = {"resistance": 1e4, "capacitance": 1e-12, "supply": 2.0, "start": 1.0}
CALLS = {
    **{
        make.__name__: (of_cell(make), CELL)
        for make in (vanadium_dioxide, niobium_dioxide, chaotic_niobium_dioxide, thermal_neuristor)
    },
    "Cell": (
        lambda **given: flat(Cell(**given)),
        {"body": "r1 out 0 1", "level": 0.0, "method": "", "rails": {}},
    ),
    "Resistive": (lambda **given: flat(coupling=Resistive(**given)), {"resistance": 1e6}),
    "Capacitive": (lambda **given: flat(coupling=Capacitive(**given)), {"capacitance": 1e-12}),
    "Thermal": (lambda **given: flat(thermal_neuristor(), Thermal(**given)), {"resistance": 1e6}),
    "Memristive": (
        lambda **given: flat(coupling=Memristive(**given)),
        {"model": "drift", "parameters": {"x0": 0.5}},
    ),
    "OscillatorNetwork": (
        lambda **given: OscillatorNetwork(**given).circuit().flat,
        {"graph": RING, "cell": vanadium_dioxide(), "coupling": Capacitive(30e-12), "title": "ring"},
    ),
    "weight": (
        lambda weight: OscillatorNetwork(nx.Graph([(0, 1, {"weight": weight})]), vanadium_dioxide(), []),
        {"weight": 1},
    ),
    "frequencies": (RUN.frequencies, {"start": None}),
    "locked": (RUN.locked, {"tolerance": 1e-3, "start": None}),
    "phases": (RUN.phases, {"time": None}),
    "order_parameter": (RUN.order_parameter, {"time": None}),
    "cut": (RUN.cut, {"time": None}),
    "colouring of a run": (RUN.colouring, {"colours": 3, "time": None}),
    "Hopfield": (Hopfield, {"weights": WEIGHTS, "biases": 0.0, "g_min": 1e-6, "g_max": 1e-4}),
    "settle": (Hopfield(WEIGHTS).settle, {"start": [1, 1, -1], "perturbation": ()}),
    "Hopfield.cut": (Hopfield.cut, {"graph": RING}),
    "chaos": (perturbations.chaos, {"count": 2, "seed": 1, "interval": 1e-8, "supply": 1.62}),
    "shuffled": (perturbations.shuffled, {"count": 2, "seed": 1}),
    "noise": (perturbations.noise, {"count": 2, "seed": 1}),
    "none": (perturbations.none, {"count": 2, "seed": 1}),
    "jitter": (ORBIT.phase_noise().jitter, {"periods": 1}),
    "spectrum": (ORBIT.phase_noise().spectrum, {"offsets": [1.0]}),
    "response": (ORBIT.phase_response().__getitem__, {"name": "a"}),
    "period": (ORBIT.period, {"signal": "v(a)", "level": 0.0, "start": 0.0}),
}
PLACES = [(name, key) for name, (_, good) in CALLS.items() for key in good]
LONG = {
    ("chaos", "count"),
    ("shuffled", "count"),
    ("noise", "count"),
    ("none", "count"),
    ("chaos", "interval"),
}


@pytest.mark.parametrize(("name", "key"), PLACES)
def test_odd_arguments_are_errors_of_the_package(name, key):
    call, good = CALLS[name]
    for value in ODD:
        given = {**good, key: value}
        if (name, key) in LONG and isinstance(value, (int, float)) and 0.1 < value < 1e30:
            continue  # long, but not odd
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found = call(*given.values()) if name == "response" else call(**given)
            except CircuitnnError as error:
                assert len(str(error)) > 10 and "Traceback" not in str(error)
                continue
        if isinstance(found, (float, np.ndarray)):
            assert np.isfinite(found).all(), value


@pytest.mark.parametrize(
    ("ask", "given"),
    [
        (locking.locking, {"detuning": []}),
        (locking.locking, {"detuning": [NAN]}),
        (locking.locking, {"tolerance": NAN}),
        (locking.locking, {"coupling": []}),
        (annealing.annealing, {"amplitude": []}),
        (annealing.annealing, {"amplitude": [NAN]}),
        (annealing.annealing, {"interval": NAN}),
        (annealing.annealing, {"samples": 2**70}),
        (colouring.colouring, {"samples": 2**70}),
        (colouring.colouring, {"coupling": []}),
    ],
)
def test_studies_refuse_what_has_no_answer(ask, given):
    with pytest.raises(AnalysisError):
        ask(**given)
