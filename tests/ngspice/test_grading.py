"""Values at the ends of what formulas can do: gradings at and above 1, fc near 1, a channel longer than drawn."""

import numpy as np
import pytest

from circuitnn.errors import DeckWarning
from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")

JUNCTIONS = """grading
vd a 0 {v} ac 1
d1 a 0 dm
.model dm d(cjo=1p m={m} vj=0.8 is=1e-25 fc={fc})
vm m 0 {v} ac 1
m1 0 0 0 m mm
.model mm nmos(cbd=1p mj={m} pb=0.8 is=1e-30 fc={fc})
vq q 0 {v} ac 1
q1 0 q 0 qm
.model qm npn(cje=1p mje={m} vje=0.8 is=1e-30 fc={fc})
vv v 0 {back} ac 1
m2 v 0 0 vm
.model vm vdmos(cjo=1p m={m} vj=0.8 is=1e-30 fc={fc} cgdmax=1e-20 cgdmin=1e-21 cgs=0)
.ac lin 1 1meg 1meg
.end
"""


@pytest.mark.parametrize("v", [-3.0, 0.3, 0.79])
@pytest.mark.parametrize(("m", "fc"), [(0.95, 0.5), (1.0, 0.2), (1.3, 0.5), (0.5, 0.97), (0.33, 0.99)])
def test_same_capacitances(m, fc, v, tmp_path):
    text = JUNCTIONS.format(m=m, fc=fc, v=v, back=-v)
    if m >= 1.0 or fc > 0.95:  # ngspice warns of mje and of the power MOSFET's fc, too
        with pytest.warns(DeckWarning, match="counts as"):
            ours, theirs = both(text, tmp_path)
    else:
        ours, theirs = both(text, tmp_path)
    for source in ("i(vd)", "i(vm)", "i(vq)", "i(vv)"):
        mine, other = (np.imag(np.ravel(r.array(source))[0]) for r in (ours, theirs))
        assert mine == pytest.approx(other, rel=2e-5), source


def test_a_channel_longer_than_drawn(tmp_path):
    text = """longer
vd d 0 3
vg g 0 2
m1 d g 0 0 mm l=1u w=10u
.model mm nmos(vto=0.7 kp=60u ld=-0.1u is=1e-20)
.op
.end
"""
    ours, theirs = both(text, tmp_path)
    assert ours["i(vd)"] == pytest.approx(-0.5 * 60e-6 * 10.0 / 1.2 * 1.3**2, rel=1e-6)
    assert ours["i(vd)"] == pytest.approx(theirs["i(vd)"], rel=1e-6)
