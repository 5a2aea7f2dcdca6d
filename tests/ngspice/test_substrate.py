"""Which words make a bipolar transistor vertical or lateral, against ngspice."""

import numpy as np
import pytest

from validation.cases import both
from validation.ngspice import available

pytestmark = pytest.mark.skipif(not available(), reason="ngspice is not installed")


@pytest.mark.parametrize("kind", ["npn", "pnp"])
@pytest.mark.parametrize("subs", ["", "subs=1", "subs=-1", "subs=0", "subs=2", "subs=-2"])
def test_the_substrate_lies_where_ngspice_has_it(kind, subs, tmp_path):
    p = 1 if kind == "npn" else -1
    text = f"""substrate
vc c 0 {p}
vb b 0 {0.6 * p}
vs s 0 {0.8 * p} ac 1
q1 c b 0 s qm
.model qm {kind}(is=1e-16 iss=1e-15 cjs=1p {subs})
.options reltol=1e-9 abstol=1e-18 vntol=1e-12
.ac lin 1 1meg 1meg
.end
"""
    ours, theirs = both(text, tmp_path)
    for source in ("i(vc)", "i(vb)", "i(vs)"):
        assert np.ravel(ours[source]) == pytest.approx(np.ravel(theirs[source]), rel=1e-6), source
