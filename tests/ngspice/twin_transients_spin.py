"""Transients of magnetic and superconducting models to compare with their ngspice twins."""

# One slip of the phase, within the two turns after which ours is set back.
COLD = ".options vntol=1n chgtol=1e-22"

TRANSIENTS = {
    "josephson": (
        "PWL(0 0 5p 7m 20p 7m 21p 17m 23p 17m 24p 7m)",
        f"rb in a 100\nrs a 0 3\nn1 a 0 m\n{COLD}",
        "0.02p 60p 0 0.02p uic",
        2e-3,
    ),
    # a quarter of the way round, growing from 0.1 rad
    "mtj": ("PULSE(0 -0.4 20p 50p 50p 10n)", "n1 in 0 m theta0=0.1", "1p 1.2n 0 1p uic", 1e-2),
    "stno": ("DC 1.5", "n1 in 0 m x0=0.3", "2p 2n 0 2p uic", 1e-2),
    # a training pulse under a field, within two turns of the phase
    "mjj": (
        "PULSE(0 80m 5p 1p 1p 1p)",
        f"rb in a 100\nvf f 0 0.8\nn1 a 0 f m icmax=40u etrain=1a\n{COLD}",
        "0.01p 12p 0 0.01p uic",
        1e-2,
    ),
}

REASONS = {
    "smtj": "draws random numbers",
    "mtj_thermal": "draws random numbers; without them it is mtj",
}
