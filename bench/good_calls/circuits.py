"""Good calls of the methods of circuits and of results."""

from __future__ import annotations

from bench.good_calls.made import OSCILLATOR, RC, Call, Made, array, path, rc, waves, with_array
from circuitnn import Circuit, studies

OVER = {"start": 1.0, "stop": 100.0, "points": 3, "variation": "dec"}
STABLE = {"start": 0.0, "stop": 1.0}
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
    "pac": (lambda: rc().add(".pss 1k 1m"), {**OVER, "sidebands": 1}),
    "param": (rc, {}),
    "pnoise": (lambda: rc().add(".pss 1k 1m"), {"output": "out", **OVER, "sidebands": 1, "source": "v1"}),
    "pss": (rc, {"frequency": 1e3, "tstab": 1e-3, "node": "out", "harms": 2, "tolerance": 1e-4}),
    "pxf": (lambda: rc().add(".pss 1k 1m"), {"output": "out", **OVER, "sidebands": 1}),
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
    "stb": (
        lambda: Circuit.from_text(
            "t\nv1 out back 0\nr1 back m 1k\nc1 m 0 1u\ne1 o 0 0 m 100\nr2 o out 1k\nr3 out 0 1k\n"
        ),
        {"probe": "v1", **OVER},
    ),
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
    "with_external": (lambda: Circuit("t").V("1", "a", 0, "dc 0 external"), {"**": {"v1": abs}}),
    "with_options": (rc, {"**": {"reltol": 1e-4}}),
    "with_parameters": (rc, {"**": {"p": 2.0}}),
    "without_control": (rc, {}),
}
RESULTS: dict[str, tuple[Made, Call]] = {
    "amplitude": (waves, {"signal": "v(b)", "start": 1e-3}),
    "array": (waves, {"name": "v(b)"}),
    "duty": (waves, {"signal": "v(b)", "level": 0.1, "start": 1e-3}),
    "find": (waves, {"name": "v(b)"}),
    "net": (waves, {"key": "b"}),
    "period": (waves, {"signal": "v(b)", "level": 0.1, "start": 1e-3}),
    "phase": (waves, {"signal": "v(b)", "level": 0.01, "start": 1e-4}),
    "plot": (waves, {"*signals": ["v(b)"], "path": path("plot.svg"), "kind": "", "title": "t"}),
    "save": (waves, {"path": path("out.raw"), "format": "raw"}),
    "oscillation": (waves, {"signal": "v(b)", "level": 0.1, "start": 1e-3}),
    "section": (waves, {"signal": "v(b)", "level": 0.1, "*others": ["v(a)"], "start": 0.0}),
    "spike_train": (waves, {"signal": "v(b)", "level": 0.1, "start": 0.0}),
    "summary": (waves, {}),
    "to_pandas": (waves, {}),
    "report": (waves, {"path": path("report.html"), "**": {"overwrite": True}}),
    "to_xarray": (waves, {}),
}
