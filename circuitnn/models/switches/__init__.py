"""Switches with hysteresis as in ngspice, and smooth ones as in PSPICE."""
