"""Good calls of the methods of what analyses and arrays give."""

from __future__ import annotations

from functools import cache
from typing import Any

from bench.good_calls.made import NOISY_OSCILLATOR, Call, Made, X, array, path, rc, waves
from circuitnn import Circuit
from circuitnn.crossbar.products import Products
from circuitnn.periodic.phase_noise import PhaseNoise
from circuitnn.periodic.phase_response import PhaseResponse
from circuitnn.results.periodic import PeriodicResult
from circuitnn.results.state import State
from circuitnn.transient.equations import Equations
from circuitnn.transient.portrait import Portrait

RETURNED = (Equations, PeriodicResult, PhaseNoise, PhaseResponse, Portrait, Products, State)


def equations() -> Equations:
    """Those of the driven circuit with a diode."""
    return rc().system(1e-3, 1e-5)


def resonator() -> Equations:
    """Those of a circuit with two state variables."""
    return Circuit.from_text("resonator\nr1 a 0 1k\nl1 a 0 1m\nc1 a 0 1n\n").system(1e-3, 1e-5)


@cache
def orbit() -> Any:
    """A limit cycle."""
    return Circuit.from_text(NOISY_OSCILLATOR).pss(tstab=60.0, uic=True)


def state() -> State:
    """The end of a transient."""
    made = waves().final_state
    assert made is not None
    return made


AT: Call = {"x": [1.0, 0.5, 0.5, 1.0, 1e-9, -1e-3], "t": 1e-5}
PLANE: dict[str, Any] = {"v(a)": (-1.0, 1.0), "i(l1)": (-1e-3, 1e-3)}
OF_RETURNED: dict[str, tuple[Made | None, Call]] = {
    **{f"Equations.{name}": (equations, AT) for name in ("f", "q", "G", "C", "at", "events")},
    "Equations.index": (equations, {"name": "v(out)"}),
    "Equations.influence": (equations, {"name": "v1"}),
    "Equations.integrate": (
        equations,
        {"x0": AT["x"], "t0": 0.0, "t1": 1e-5, "method": "trap", "largest": 1e-6, "first": 1e-7},
    ),
    "Equations.operating_point": (equations, {"guess": AT["x"]}),
    "Equations.portrait": (resonator, {"ranges": PLANE, "points": 5, "t": 1e-5}),
    "Equations.set_source": (equations, {"name": "v1", "value": 2.0}),
    "Equations.solve": (
        equations,
        {"guess": AT["x"], "t": 1e-5, "alpha": 1e6, "history": [0.0] * 6, "iterations": 50},
    ),
    "Equations.source": (equations, {"name": "v1", "t": 1e-5}),
    "PeriodicResult.period": (orbit, {"signal": "v(y)", "level": 0.1, "start": 0.0}),
    "PeriodicResult.phase_noise": (orbit, {}),
    "PeriodicResult.phase_response": (orbit, {}),
    "PeriodicResult.summary": (orbit, {}),
    "PhaseNoise.jitter": (lambda: orbit().phase_noise(), {"periods": 3}),
    "PhaseNoise.spectrum": (lambda: orbit().phase_noise(), {"offsets": [1e-3, 1e-2]}),
    "PhaseResponse.plot": (lambda: orbit().phase_response(), {"*names": ["v(y)"], "path": path("prc.svg")}),
    "Portrait.plot": (lambda: resonator().portrait(PLANE, 5), {"path": path("portrait.svg")}),
    "Products.pull": (lambda: array().products(X), {"weights": [[1.0, 2.0]] * 4, "by": ["conductance"]}),
    "State.changed": (state, {"values": {"v(b)": 0.5}, "time": 1e-6}),
    "State.load": (None, {"path": lambda: saved()}),
    "State.save": (state, {"path": path("state.json")}),
}


def saved() -> Any:
    """A file of a state."""
    state().save(path("state.json"))
    return path("state.json")
