"""One analysis that fails does not cost the others."""

import pytest

from circuitnn import Circuit
from circuitnn.errors import CircuitnnError

DECK = """two of four fail
v1 a 0 dc 1
r1 a b 1k
c1 b 0 1n
.op
.noise v(nowhere) v1 dec 2 1 1k
.dc v1 0 1 0.5
.tf v(nowhere) v1
.tran 1n 10n
.end
"""


def test_the_other_analyses_are_run():
    with pytest.raises(CircuitnnError, match="nowhere") as caught:
        Circuit.from_text(DECK).run()
    assert [result.analysis for result in caught.value.results] == ["op", "dc", "tran"]
    assert len(caught.value.others) == 1 and "nowhere" in str(caught.value.others[0])


def test_the_other_steps_are_run():
    deck = "t\n.param k=0\nv1 a 0 1\nr1 a 0 1k\nr2 a 0 {1/(k-1)}\n.step param k list 0 1 2 3\n.op\n.end\n"
    with pytest.raises(CircuitnnError) as caught:
        Circuit.from_text(deck).run()
    assert [result.title for result in caught.value.results] == ["t (k = 0)", "t (k = 2)", "t (k = 3)"]
