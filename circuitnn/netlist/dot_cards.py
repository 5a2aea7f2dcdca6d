"""Dot cards of a flat circuit as text: settings, analyses, output, measures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf, isfinite, isnan

from circuitnn.elements.card import digits
from circuitnn.equations.ngspice import to_ngspice
from circuitnn.flat import FlatCircuit
from circuitnn.flat.measure_request import PULSES, Crossing, Measure
from circuitnn.registry.analyses import ANALYSES

# In a deck with twins: their states are then as accurate as statetol makes ours. What Newton's method leaves must be
# well below the truncation error that steps are chosen by.
TWIN_TOLERANCES = {"reltol": 1e-6, "vntol": 1e-9}
# Least number of steps. A state that tips over may do so as early as a step that was tried, if ngspice then repeats it
# much shorter: its estimate of the error does not see the jump.
TWIN_STEPS = 1000


def settings(circuit: FlatCircuit, twins: bool = False, damped: bool = False) -> Iterator[str]:
    """Options, temperature, initial conditions.

    `twins` of compact models that move in time need tolerances of their own; some need a damped method.
    """
    given = {k: v for k, v in circuit.options.items() if k != "temp"}
    if twins:
        yield "* states of compact models need tighter tolerances than ngspice's own"
        given |= {k: min(float(given.get(k, inf)), v) for k, v in TWIN_TOLERANCES.items()}  # type: ignore[arg-type]
        given |= {"method": "gear"} if damped else {}
    options = [k if v is True else f"{k}={v}" for k, v in given.items()]
    if options:
        yield f".options {' '.join(options)}"
    if circuit.temperature != 27.0:
        yield f".temp {digits(circuit.temperature)}"
    for keyword, values in ((".ic", circuit.initial), (".nodeset", circuit.nodesets)):
        for node, value in values.items():
            yield f"{keyword} v({circuit.node_names[node]})={digits(value)}"
    for node, value in circuit.held.items():
        yield f"* operating points hold the state v({circuit.node_names[node]})"
        yield f".ic v({circuit.node_names[node]})={digits(value)}"
    for name, value in circuit.initial_states.items():
        yield f"* .ic {name}={digits(value)}"
    for name, value in circuit.initial_currents.items():
        yield f"* .ic i({name})={digits(value)}"


def analyses(circuit: FlatCircuit, twins: bool = False) -> Iterator[str]:
    """Analyses; those that ngspice or a flat deck cannot express become comments."""
    for card in circuit.analyses:
        arguments = dict(card.arguments)
        if twins and "tstep" in arguments:  # which transients have, and `.lyapunov` does not
            arguments["tmax"] = longest_step(arguments)
        yield ANALYSES[card.kind].write(arguments)
    for sweep in circuit.steps:
        yield f"* .step {sweep.target} list {' '.join(map(digits, sweep.values))}"


def longest_step(arguments: Mapping[str, float]) -> float:
    """Of a transient with twins: its own, or what twins need. [s]"""
    given = arguments["tmax"]
    return min(arguments["tstep"], arguments["tstop"] / TWIN_STEPS) if isnan(given) else given


def outputs(circuit: FlatCircuit, renamed: Mapping[str, str]) -> Iterator[str]:
    """Cards of output; `renamed` maps our signals to those of the written deck."""
    for kind, names, drawn, _ in circuit.prints:
        keyword = ".plot" if drawn else ".print"
        yield " ".join([keyword, *([kind] if kind else []), *(renamed.get(n, n) for n in names)])
    if circuit.saves:
        yield " ".join([".save", *(renamed.get(n, n) for n in circuit.saves)])
    for frequency, names in circuit.fouriers:
        yield " ".join([".four", digits(frequency), *(renamed.get(n, n) for n in names)])
    for card in circuit.measures:
        yield measure(card, renamed)


def measure(card: Measure, renamed: Mapping[str, str]) -> str:
    """A ``.meas`` card; a comment where ngspice has no such measure."""
    words = ["* .meas" if card.kind in PULSES else ".meas", card.analysis, card.name]
    if card.expression is not None:
        return " ".join([*words, f"param='{to_ngspice(card.expression)}'"])
    if card.kind == "delay":
        ends = (("trig", card.trigger), ("targ", card.target))
        return " ".join([*words, *(word for name, end in ends for word in _end(name, end, renamed))])
    words.append(card.kind)
    if card.kind != "when":
        words.append(_signal(card.signal, renamed))
    if card.when is not None:
        at = card.when
        level = _signal(at.level, renamed) if isinstance(at.level, str) else digits(at.level)
        words += ["when"] if card.kind != "when" else []
        words += [f"{_signal(at.signal, renamed)}={level}", *_edge(at)]
    levels = (("on", card.on), ("off", card.off))
    pairs = (("at", card.at), ("from", card.start), ("to", card.stop), ("td", card.delay), *levels)
    given = {word.partition("=")[0] for word in words}
    return " ".join([*words, *(f"{k}={digits(v)}" for k, v in pairs if not isnan(v) and k not in given)])


def _end(name: str, end: Crossing | float | None, renamed: Mapping[str, str]) -> list[str]:
    if not isinstance(end, Crossing):
        return [name, f"at={digits(end or 0.0)}"]
    if isinstance(end.level, str):
        return [name, f"{_signal(end.signal, renamed)}={_signal(end.level, renamed)}", *_edge(end)]
    return [name, _signal(end.signal, renamed), f"val={digits(end.level)}", *_edge(end)]


def _edge(at: Crossing) -> list[str]:
    count = "last" if at.count < 0 else str(at.count)
    limits = (("td", at.delay), ("to", at.stop))
    return [f"{at.edge}={count}", *(f"{name}={digits(value)}" for name, value in limits if isfinite(value))]


def _signal(text: str, renamed: Mapping[str, str]) -> str:
    """A signal, or an expression in brackets that make it one word."""
    shown = renamed.get(text, text)
    return shown if shown.partition("(")[2].find("(") < 0 and shown[-1:] in (")", "]") else f"par('{shown}')"
