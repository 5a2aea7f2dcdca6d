"""Transients of selectors, transistors and neurons and of their ngspice twins.

Model: source, instances, times, budget as a share of the span, shift in time that is free.
"""

TRANSIENTS = {
    "miec": ("SIN(0 1 1meg)", "n1 in 0 m rs=1k\nn2 in 0 m rs=2k gleak=1n", "1n 2u 0 1n uic", 1e-3),
    "and_ts": ("PWL(0 0 2u 0.4 4u 0 6u -0.4 8u 0)", "n1 in 0 m", "1n 8u 0 1n uic", 5e-3, 3e-9),
    # through its threshold and back below the hold current, within some 0.1 µs of time
    "volatile_current": ("PWL(0 0 1m 3 2m 0)", "n1 in 0 m blend=1m", "0.2u 2m 0 0.2u uic", 2e-2, 2e-6),
    "volatile_voltage": (
        "PWL(0 0 50 2.5 100 0)",
        "r1 in a 100k\nn1 a 0 m blend=10m",
        "20m 100 0 20m uic",
        2e-2,
        0.2,
    ),
}
