"""Comparison of circuitnn with ngspice, deck by deck."""
