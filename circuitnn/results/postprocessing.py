"""Final steps before a result is returned: measures, ``.save``, ``.four``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from time import perf_counter

import numpy as np

from circuitnn.errors import CircuitnnError, DeckWarning, UnknownNameError
from circuitnn.flat import FlatCircuit
from circuitnn.records import fill_in
from circuitnn.results.blockwise import narrowed, widened
from circuitnn.results.result import Result

KINDS = {"v": "voltage", "i": "current"}  # of signals by their first letter
WHOLE = frozenset(("op", "dc", "tran"))  # analyses whose results have all nodes and all values of devices


def finished(circuit: FlatCircuit, result: Result) -> Result:
    """Evaluate the deck's measures on the result and keep what ``.save`` asks for."""
    started = perf_counter()
    if circuit.measures:
        from circuitnn.results.measure import measure

        measure(circuit.measures, result)
    probed = _probed(result, circuit.probed)
    if "all" in circuit.saves:
        _compute(result, [name for name in circuit.saves if name[0] == "@"])
    elif circuit.saves:
        _keep_saved(circuit, result)
    if probed:
        _append(result, probed)
    seconds, spent = result.statistics.seconds, perf_counter() - started
    seconds["output"] = seconds.get("output", 0.0) + spent
    seconds["total"] = seconds.pop("total", 0.0) + spent
    return result


def _keep_saved(circuit: FlatCircuit, result: Result) -> None:
    """Drop what neither ``.save`` nor a ``.print`` of this analysis names; keep all if nothing is left."""
    from circuitnn.results.evaluation import variables

    printed = [e for card in circuit.prints if card.analysis == result.analysis for e in card.signals]
    wanted: set[str] = set()
    for k, expression in enumerate([*circuit.saves, *printed]):
        try:
            read = variables(result, expression)
        except CircuitnnError as error:  # a name of another analysis, or one only ngspice can save
            if k < len(circuit.saves):
                _tell_missing(result, expression, error)
        else:
            # the current of a device keeps the name that the card gives it
            computed = expression[:2] == "i(" and any(name[0] == "@" for name in read)
            wanted |= {expression} if computed else read
    if not wanted or "all" in printed:
        return
    _compute(result, sorted(wanted - {*result.names}))
    kept = [i for i, n in enumerate(result.names) if n in wanted or n == result.axis]
    data = narrowed(result.data, kept) if len(kept) < result.data.shape[1] else result.data
    names, types = (tuple(of_all[i] for i in kept) for of_all in (result.names, result.types))
    fill_in(result, names=names, types=types, data=data, probes=None)  # probes hold the dropped columns


def _probed(result: Result, columns: Iterable[tuple[str, str]]) -> dict[str, np.ndarray]:
    """Values that ``.probe`` asks for; a warning names those that this analysis does not have."""
    from circuitnn.results.evaluation import evaluate

    values: dict[str, np.ndarray] = {}
    for name, expression in columns:
        if name not in result.names:
            try:
                values[name] = np.array(np.broadcast_to(evaluate(result, expression), len(result.data)))
            except CircuitnnError as error:
                warnings.warn(f"{result.analysis}: no {name} of '.probe': {error}", DeckWarning, stacklevel=2)
    return values


def _append(result: Result, columns: Mapping[str, np.ndarray]) -> None:
    """Append columns to the result as variables."""
    count, wide = result.data.shape[1], widened(result.data, len(columns))
    for k, values in enumerate(columns.values(), count):
        wide[:, k] = values
    types = tuple("power" if n.endswith(":power") else KINDS[n[0]] for n in columns)
    fill_in(result, names=(*result.names, *columns), types=result.types + types, data=wide)


def _compute(result: Result, names: list[str]) -> None:
    """Append values of devices to the result as variables."""
    new = [name for name in names if name not in result.names]
    if not new:
        return
    count = len(result.names)
    computed: list[str] = []
    wide = widened(result.data, len(new))
    fill_in(result, data=wide[:, :count])  # the former table is invalid
    for name in new:
        try:
            wide[:, count + len(computed)] = result.array(name)
        except UnknownNameError as error:
            _tell_missing(result, name, error)
        else:
            computed.append(name)
    kinds = [result.probes.kind(name) if name[0] == "@" else "current" for name in computed]
    types = (*result.types, *kinds)
    data = wide[:, : count + len(computed)] if len(computed) < len(new) else wide
    fill_in(result, names=(*result.names, *computed), types=types, data=data)


def _tell_missing(result: Result, name: str, error: CircuitnnError) -> None:
    """Warn of a node or a value of a device that ``.save`` names and the circuit does not have."""
    if result.analysis in WHOLE and (name[0] == "@" or name[:2] in ("v(", "i(")):
        warnings.warn(f"{result.analysis}: no '.save {name}': {error}", DeckWarning, stacklevel=2)


def spectra(flat: FlatCircuit, results: list[Result]) -> list[Result]:
    """Results of the ``.four`` cards for the transients among the results; a warning tells of a card that fails."""
    if not flat.fouriers:
        return []
    from circuitnn.results.harmonics import fourier

    spectra = []
    for result in (r for r in results if r.axis == "time"):
        for frequency, signals in flat.fouriers:
            try:
                spectra.append(fourier(result, frequency, *signals))
            except CircuitnnError as error:  # the run itself is good
                text = f"{result.analysis}: '.four {frequency:g}' has no result: {error}"
                warnings.warn(text, DeckWarning, stacklevel=2)
    return spectra
