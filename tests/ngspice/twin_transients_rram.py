"""Transients of the resistive synapses and of their ngspice twins.

Model: source, instances, times, budget as a share of the largest value.
"""

TRANSIENTS = {
    "team": ("SIN(0 1 1k)", "n1 in a m\nr1 a 0 50", "1u 2m 0 1u uic", 2e-3),
}
