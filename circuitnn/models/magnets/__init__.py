"""Magnetic tunnel junctions and spin-torque oscillators."""
