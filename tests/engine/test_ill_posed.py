"""Macromodels with ideal differentiators: a capacitance a little below 0 is no instability to follow."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.simulation.stability import ill_posed

FOLLOWER = """a follower whose macromodel differentiates the common mode of its inputs, as op-amps of vendors do
.param rs=5k
v1 in 0 sin(0 1 60)
rs in p {rs}
vc vc 0 12
ve ve 0 -12
ra p m 250k
rb m n 250k
gz 0 z m 0 31.6n
lz z zr 0.53
rz zr 0 1k
e1 b p z 0 1
q1 c1 n e qx
q2 c2 b e qx
i1 e ve 100u
rc1 vc c1 517
rc2 vc c2 517
gm 0 o c1 c2 2m
ro o 0 95meg
co o 0 333p
d1 o hi dx
vh hi 0 3
d2 lo o dx
vl lo 0 -3
eo out 0 o 0 1
rn out n 5k
.model qx npn(bf=625)
.model dx d
.end
"""


@pytest.mark.parametrize("source", [1e3, 4e3, 4.9e3, 5e3, 6e3, 50e3])
def test_a_follower_follows(source):
    """Source resistances below that of the feedback leave a capacitance below 0: steps went down to femtoseconds."""
    r = Circuit.from_text(FOLLOWER).with_parameters(rs=source).tran("30m", "1m")
    np.testing.assert_allclose(r["v(out)"], r["v(in)"], atol=10e-3)
    assert len(r.time) < 200
    assert not r.statistics.notes


@pytest.mark.parametrize(("conductance", "capacitance", "bad"), [(-1e-3, 1e-12, False), (1e-3, -1e-12, True)])
def test_the_sign_of_what_grows(conductance, capacitance, bad):
    """A node with a negative conductance leaves its rest; one with a negative capacitance is ill-posed."""
    G, C = np.diag([conductance, 1e-3]), np.diag([capacitance, 1e-12])
    growth = -conductance / capacitance
    assert growth > 0.0
    assert ill_posed(G, C, 2, growth) is bad


def test_an_inductor_beside_a_negative_conductance_is_well_posed():
    """Its equation v - L·di/dt = 0 has a negative coefficient, which is no negative capacitance."""
    G = np.array([[-2e-3, 1.0], [1.0, -0.5]])
    C = np.array([[1e-9, 0.0], [0.0, -1e-6]])
    for s in np.linalg.eigvals(-np.linalg.solve(C, G)):
        assert not ill_posed(G, C, 1, s)
