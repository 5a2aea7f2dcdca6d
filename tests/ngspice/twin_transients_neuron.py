"""Transients of selectors and neurons and of their ngspice twins, but for what models state as their `drive`.

Model: source, instances, times, budget as a share of the span, shift in time that is free.
"""

TRANSIENTS = {
    "miec": ("SIN(0 1 1meg)", "n1 in 0 m rs=1k\nn2 in 0 m rs=2k gleak=1n", "1n 2u 0 1n uic", 1e-3),
}

REASONS = dict.fromkeys(
    ("and_ts", "nbo2_kumar", "nbo2_mott", "vo2_thermal", "volatile_current", "volatile_voltage"),
    "the model's own `drive` shows its switching",
)
