"""Transients of the resistive synapses and of their ngspice twins.

Model: source, instances, times, budget as a share of the span, shift in time that is free.
"""

TRANSIENTS = {
    "team": ("SIN(0 1 1k)", "n1 in a m\nr1 a 0 50", "1u 2m 0 1u uic", 2e-3, 50e-9),  # runs away at 0.538 ms
}
