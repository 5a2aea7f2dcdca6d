"""Diodes and transistors: those of SPICE, and the common parts of their equations."""
