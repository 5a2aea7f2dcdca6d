"""Transients of the resistive synapses and of their ngspice twins.

Model: source, instances, times, budget as a share of the span, shift in time that is free.
"""

# TEAM's set is an avalanche and left out.
TRANSIENTS = {
    "team": ("SIN(0 1 1k)", "n1 in a m\nr1 a 0 50", "0.2u 0.5m 0 0.2u uic", 2e-3),
    "stanford_pku": ("PWL(0 0 50n -1.3 100n 0)", "n1 in 0 m cth=1e-14", "50p 100n 0 50p uic", 2e-3),
    "rram_thermal": ("PWL(0 0 1u -1.3 2u 0)", "n1 in 0 m tfini=4.9n", "1n 2u 0 1n uic", 1e-3),
    "jart_vcm": ("PWL(0 0 0.1 -0.1 0.2 0 1.4 1.2)", "n1 in 0 m n0=10", "2m 1.4 0 2m uic", 2e-3, 2e-3),
    "yakopcic_gen": ("SIN(0 2 1)", "n1 in 0 m", "0.5m 2 0 0.5m uic", 1e-3),
}
