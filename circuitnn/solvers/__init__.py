"""Solvers: they see a system of equations, never a circuit."""
