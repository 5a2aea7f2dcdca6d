"""Periodic orbits: shooting, harmonic balance, Floquet multipliers, phase responses, continuation."""
