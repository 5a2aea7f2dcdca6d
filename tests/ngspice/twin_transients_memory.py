"""Transients of further synapses and of their ngspice twins.

Model: source, instances, times, budget as a share of the largest value.
"""

TRANSIENTS = {
    # set by 4 V, reset by 6 V; edges slow enough for the steps to resolve the threshold
    "pcm": (
        "PWL(0 0 20n 4 100n 4 120n 0 160n 0 190n 6 230n 6 260n 0 300n 0)",
        "n1 in 0 m temp=20",
        "50p 300n 0 50p uic",
        1e-3,
    ),
    "enode": ("SIN(0 1 1)", "n1 in g 0 m\nn2 in in 0 m w0=0.2\nrg g in 10meg", "1m 2 0 1m uic", 2e-4),
    "ftj": (
        "PWL(0 0 1n 2.5 20n 2.5 22n -2.5 40n -2.5 42n 1.8 60n 1.8)",
        "n1 in 0 m\nn2 in 0 m s0=0.5 n=1.5",
        "10p 60n 0 25p uic",
        5e-4,
    ),
    # growth beyond the threshold, release, growth again from what is left
    "vvteam": (
        "PWL(0 0 10m 3 11m 3 21m 0 300m 0 310m 2.2 320m 0 500m 0)",
        "n1 a 0 m roff=3meg tr=1m\nra in a 100k",
        "0.1m 500m 0 0.1m uic",
        5e-3,
        50e-6,
    ),
    "cbram": (
        "PWL(0 0 10m 2.4 30m 2.4 31m 0 50m 0)",
        "n1 a 0 m temp=26.85 tfill=0.1m\nra in a 500k",
        "5u 50m 0 5u uic",
        5e-3,
        5e-6,
    ),
    "cbram_stm": ("PULSE(0 0.4 0.1 10m 10m 0.1 0.5)", "n1 in 0 m", "2m 4 0 0.5m uic", 2e-3),
}

REASONS = {
    "pcm_neuron": "an event sets a state, and draws a random number",
    "pcm_statistical": "events set numbers and draw random ones",
}
