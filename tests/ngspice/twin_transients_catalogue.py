"""Twin transients of the first models, and of those of the tests; see twin_cases.py."""

# The linear drift locks up at a bound, so it stays away from there; VTEAM's current jumps by most of its
# range within a nanosecond, two of ngspice's time steps.
TRANSIENTS = {
    "testdrift": ("SIN(0 1.2 1)", "n1 in 0 m x0=0.314465\nn2 in 0 m x0=0.2 m=2", "0.2m 1 0 0.2m uic", 1e-3),
    "testthreshold": (
        "SIN(0 1 1meg)",
        "n1 in 0 g m rs=5\nn2 in 0 g m x0=0.7\nrg g 0 1k",
        "1n 2u 0 1n uic",
        2e-3,
    ),
    "testspiking": ("SIN(0.3 0.8 100k)", "n1 in 0 m", "1n 13u 0 2n uic", 5e-3, 4e-9),
    "testlong": ("SIN(0 1 1meg)", "n1 in 0 m", "1n 2u 0 1n uic", 1e-3),
    "drift": ("SIN(0 1 1)", "n1 in 0 m", "0.5m 2 0 0.5m uic", 1e-3),
    "fold": ("SIN(0 1 20k)", "n1 in 0 m", "0.05u 100u 0 0.05u uic", 1e-3),
    "memdiode": ("PWL(0 0 15 1.3 45 -1.3 60 0 75 1.3)", "n1 in 0 m", "20m 75 0 20m uic", 1e-4),
    "pershin": ("SIN(0 5 50meg)", "n1 in 0 m", "10p 40n 0 10p uic", 2e-3),
    # ln of the core's radius leaves its bound within the first steps
    "pickett": (
        "DC 1.8",
        "n1 3 4 m\nr1 in 2 4.2k\nc1 2 0 23p ic=0\nr2 2 3 2.7k\nr3 4 0 50",
        "1n 300n 0 0.2n uic",
        1e-2,
    ),
    # runs away to 10⁴ K between 60 and 70 ns
    "poole_frenkel": ("PULSE(0 1.2 0 10n 10n 100n)", "n1 in 0 m", "0.2n 150n 0 0.2n uic", 1e-2),
    "sinh_selector": ("SIN(0 1 1meg)", "n1 in 0 m", "1n 2u 0 1n uic", 1e-4),
    "threshold_ots": ("PWL(0 0 1m 2 2m 0)", "n1 in 0 m", "1u 2m 0 0.5u uic", 1e-3, 1e-6),
    "vo2_switch": ("DC 5", "n1 2 0 m\nr1 in 2 20k\nc1 2 0 1n ic=0", "20n 30u 0 10n uic", 1e-2, 3e-8),
    "wox": ("SIN(0 1.2 0.5)", "n1 in 0 m", "2m 4 0 2m uic", 3e-3),
    "yakopcic": ("SIN(0 0.45 100)", "n1 in 0 m", "5u 20m 0 5u uic", 1e-4),
    "ekv": (
        "SIN(0.9 0.9 1meg)",
        "n1 d in 0 0 m w=10u cgso=1n cgdo=2n lambda=0.05\nvd vdd 0 1.8\nrd vdd d 10k",
        "1n 2u 0 1n uic",
        1e-3,
    ),
    "vteam": ("SIN(0 1 1meg)", "n1 in 0 m x0=0.2", "0.5n 2u 0 0.5n uic", 2e-3, 0.5e-9),
}
