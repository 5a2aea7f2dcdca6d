"""Timings of circuitnn beside other simulators."""
