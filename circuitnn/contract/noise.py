"""Check of a model's noise at rest: the fluctuation-dissipation theorem."""

from __future__ import annotations

import numpy as np

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome
from circuitnn.equations.expr import ZERO

Array = np.ndarray


def noise_at_rest(case: Case) -> Outcome:
    """A two-terminal device in equilibrium has the thermal noise of its conductance."""
    outcome = Outcome(
        "noise at rest",
        "with both terminals at one voltage the white noise is 4kT·Re(Y), within 1e-5 of 4kT·|Y|, at frequencies "
        "between 1 Hz and 10 GHz",
    )
    model = case.model
    if len(model.terminals) != 2 or model.control or "no current at zero bias" not in model.claims:
        outcome.skipped = "for two terminals without current at zero bias"
    elif not case.kernel.noises:
        outcome.skipped = "the model states no noise (see circuitnn.models.fluctuations)"
    else:
        if "noiseless" in case.values:  # what a card asks for against physics
            case.values["noiseless"] = np.zeros(case.n)
        x, good = _at_rest(case)
        kelvin = _temperature(case)
        density, admittance = _small_signals(case, x)
        wanted, scale = (4.0 * BOLTZMANN * kelvin * part for part in (admittance.real, np.abs(admittance)))
        off = np.where(good, np.abs(density - wanted), 0.0)
        outcome.compare("noise beyond 4kT·Re(Y) [A²/Hz]", off, 1e-5 * scale + 1e-300, case.place(x))
    return outcome


def _at_rest(case: Case) -> tuple[Array, Array]:
    """Unknowns at zero bias, and where inner ones were solved; states not held by operating points start cold."""
    k, inner = case.kernel, case.nodes[2:]
    x = case.points(1.0)
    x[case.nodes] = case.rng.uniform(-1.0, 1.0, case.n)
    for state in case.model.states:
        if not state.hold:
            x[k.inputs.index(state.name)] = case.starts[state.name]
    return case.settled(x, [*(i for i in inner if k.q[i] is ZERO), *case.static_states()])


def _temperature(case: Case) -> Array:
    temperatures = [state.name for state in case.model.states if state.unit == "K"]
    return (
        case.starts[temperatures[0]]
        if temperatures
        else np.broadcast_to(case.values["temp"], case.n) + KELVIN
    )


def _small_signals(case: Case, x: Array) -> tuple[Array, Array]:
    """Density of the noise current at the first terminal [A²/Hz] and the admittance there [S]."""
    k, size = case.kernel, len(case.kernel.inputs)
    omega = 2.0 * np.pi * 10.0 ** case.rng.uniform(0.0, 10.0, case.n)
    jacobian = np.zeros((case.n, size, size), dtype=complex)
    for entries, factor in ((k.G, 1.0), (k.C, 1j * omega)):
        values = case.evaluate([e for _, _, e in entries], x)
        for (row, column, _), value in zip(entries, values, strict=True):
            jacobian[:, row, column] += factor * value
    plus, minus = case.nodes[:2]
    rest = [row for row in range(size) if row not in (plus, minus)]
    # current at the terminal per current into each inner equation
    gain = np.zeros((case.n, size), dtype=complex)
    gain[:, plus] = 1.0
    if rest:
        inside = jacobian[:, rest][:, :, rest].transpose(0, 2, 1)
        gain[:, rest] = -np.linalg.solve(inside, jacobian[:, plus, rest][:, :, None])[:, :, 0]
    admittance = np.einsum("nk,nk->n", gain, jacobian[:, :, plus])
    density = np.zeros(case.n)
    for noise in k.noises:
        numbers = case.evaluate([noise.white, *(factor for _, factor in noise.into)], x)
        sent = sum(
            f * gain[:, k.inputs.index(target)]
            for (target, _), f in zip(noise.into, numbers[1:], strict=True)
        )
        density += numbers[0] * np.abs(sent) ** 2
    return density, admittance
