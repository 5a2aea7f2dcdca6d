"""The verbs of a `Circuit` that other modules have; these are imported when one is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.circuit.builder import Builder

if TYPE_CHECKING:
    from circuitnn.circuit import crossbars as arrays
    from circuitnn.circuit import smallsignal, sweeps, variants, verification
else:
    from circuitnn.later import method


class Verbs(Builder):
    """What can be done with a circuit besides building it."""

    if TYPE_CHECKING:
        crossbar = arrays.crossbar
        cells = arrays.cells
        dc = sweeps.dc
        arc = sweeps.arc
        ac = smallsignal.ac
        noise = smallsignal.noise
        tf = smallsignal.tf
        sens = smallsignal.sens
        pz = smallsignal.pz
        altered = variants.altered
        with_options = variants.with_options
        with_analysis = variants.with_analysis
        at_corner = variants.at_corner
        monte_carlo = variants.monte_carlo
        verify = verification.verify
        corners = variants.corners
    else:  # imported when they are called
        crossbar = method("circuitnn.circuit.crossbars", "crossbar")
        cells = method("circuitnn.circuit.crossbars", "cells")
        dc = method("circuitnn.circuit.sweeps", "dc")
        arc = method("circuitnn.circuit.sweeps", "arc")
        ac = method("circuitnn.circuit.smallsignal", "ac")
        noise = method("circuitnn.circuit.smallsignal", "noise")
        tf = method("circuitnn.circuit.smallsignal", "tf")
        sens = method("circuitnn.circuit.smallsignal", "sens")
        pz = method("circuitnn.circuit.smallsignal", "pz")
        altered = method("circuitnn.circuit.variants", "altered")
        with_options = method("circuitnn.circuit.variants", "with_options")
        with_analysis = method("circuitnn.circuit.variants", "with_analysis")
        at_corner = method("circuitnn.circuit.variants", "at_corner")
        monte_carlo = method("circuitnn.circuit.variants", "monte_carlo")
        verify = method("circuitnn.circuit.verification", "verify")
        corners = method("circuitnn.circuit.variants", "corners")
