"""Analyses: each a way to solve f(x, t) + dq/dt = 0, each one public function."""

from circuitnn.analyses.ac import ac
from circuitnn.analyses.arc import arc
from circuitnn.analyses.dc import dc
from circuitnn.analyses.noise import noise
from circuitnn.analyses.op import op
from circuitnn.analyses.polezero import pz
from circuitnn.analyses.sensitivity import sens
from circuitnn.analyses.tran import tran
from circuitnn.analyses.transfer import tf

__all__ = ["ac", "arc", "dc", "noise", "op", "pz", "sens", "tf", "tran"]
