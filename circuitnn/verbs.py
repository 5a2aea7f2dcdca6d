"""The verbs of a `Circuit` that other modules have; these are imported when one is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.builder import Builder

if TYPE_CHECKING:
    from circuitnn import arrays, smallsignal, sweeps, variants, verification
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
        crossbar = method("circuitnn.arrays", "crossbar")
        cells = method("circuitnn.arrays", "cells")
        dc = method("circuitnn.sweeps", "dc")
        arc = method("circuitnn.sweeps", "arc")
        ac = method("circuitnn.smallsignal", "ac")
        noise = method("circuitnn.smallsignal", "noise")
        tf = method("circuitnn.smallsignal", "tf")
        sens = method("circuitnn.smallsignal", "sens")
        pz = method("circuitnn.smallsignal", "pz")
        altered = method("circuitnn.variants", "altered")
        with_options = method("circuitnn.variants", "with_options")
        with_analysis = method("circuitnn.variants", "with_analysis")
        at_corner = method("circuitnn.variants", "at_corner")
        monte_carlo = method("circuitnn.variants", "monte_carlo")
        verify = method("circuitnn.verification", "verify")
        corners = method("circuitnn.variants", "corners")
