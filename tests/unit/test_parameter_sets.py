"""``set=`` on a ``.model`` card, and what the sets of the catalogue are."""

import re

import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import NetlistError
from circuitnn.models import catalogue, compact
from circuitnn.models.model import CLAIMS


def columns(card):
    circuit = Circuit.from_text(f"t\nv1 a 0 1\nn1 a 0 m\n.model m {card}\n.op\n.end\n")
    return circuit.flat.devices[0].columns


@pytest.mark.parametrize("word", sorted(n for n, m in compact().items() if m.sets))
def test_taken_whole(word):
    for name, chosen in compact()[word].sets.items():
        got = columns(f"{word} set={name}")
        assert {n: got[n][0] for n in chosen.values} == pytest.approx(dict(chosen.values), rel=1e-15)


@pytest.mark.parametrize("card", ["vteam(set=memtorch koff=1m)", "vteam koff=1m set='MemTorch'"])
def test_what_the_card_says_goes_over_it(card):
    got = columns(card)
    assert (got["koff"][0], got["kon"][0]) == (1e-3, -10.0)


def test_unknown():
    with pytest.raises(NetlistError, match=r"4: 'vteam' has no parameter set 'memtorc' \(did you mean"):
        columns("vteam set=memtorc")


def test_model_without_sets():
    with pytest.raises(NetlistError, match="'m' has no parameter 'set'"):
        columns("fold set=x")


@pytest.mark.parametrize("name", sorted(catalogue()))
def test_of_the_catalogue(name):
    """A set names parameters of the model, within their ranges, and a source that can be found."""
    model = catalogue()[name]
    assert model.claims <= CLAIMS
    known = {p.name: p for p in model.parameters}
    for chosen in model.sets.values():
        assert re.search(r"doi:10\.\d+/|arXiv:\d+\.\d+", chosen.source), chosen.source
        for parameter, value in chosen.values.items():
            assert known[parameter].low <= value <= known[parameter].high
