"""What is accepted on a card has its effect, or a warning says that it has none."""

import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning
from circuitnn.models import known

BASE = ["idle", "v1 a 0 1", "r1 a 0 1k"]


@pytest.mark.parametrize(
    ("cards", "word"),
    [
        (["r2 a 0 m", ".model m r(r=1k bf=50)"], "'bf' of model 'm'"),
        (["c2 a 0 m", ".model m c(cap=1n foo=1)"], "'foo' of model 'm'"),
        (["l2 b 0 m", "r2 a b 1", ".model m l(ind=1u af=1)"], "'af' of model 'm'"),
        (["e2 b 0 a 0 2 tc1=1m", "r2 b 0 1"], "'tc1' of 'e2'"),
        (["g2 b 0 a 0 2 tc2=1m", "r2 b 0 1"], "'tc2' of 'g2'"),
        (["f2 b 0 v1 2 tc1=1m", "r2 b 0 1"], "'tc1' of 'f2'"),
        (["t2 a 0 b 0 z0=50 td=1n rel=1", "r2 b 0 50"], "'rel' of 't2'"),
    ],
)
def test_parameters_without_effect_are_said(cards, word):
    with pytest.warns(DeckWarning, match=word) as warned:
        Circuit.from_text("\n".join([*BASE, *cards, ".end", ""])).op()
    assert len(warned) == 1


@pytest.mark.parametrize("model", [m for m in known().values() if m.instance_warned], ids=lambda m: m.name)
def test_parameters_of_instances_that_are_not_modelled_are_said(model):
    level = f"(level={model.levels[0]})" if model.levels else ""
    nodes = " ".join("a" * len(model.named_terminals()))
    for name in model.instance_warned:
        cards = [f"{model.letter}1 {nodes} m {name}=1", f".model m {model.types()[0]}{level}"]
        with pytest.warns(DeckWarning, match=f"'{name}' of '{model.letter}1' (is ignored|has no effect): "):
            Circuit.from_text("\n".join([*BASE, *cards, ".end", ""])).flat  # noqa: B018


def test_switches_that_are_off_ask_for_nothing(recwarn):
    cards = ["m1 a a 0 0 m l=1u w=1u", ".model m nmos(level=14 version=4.8 trnqsmod=0.0 acnqsmod=0)"]
    Circuit.from_text("\n".join([*BASE, *cards, ".end", ""])).flat  # noqa: B018
    assert not [w for w in recwarn if "qsmod" in str(w.message)]


def test_parameters_with_an_effect_are_not():
    cards = [
        "r2 a b m l=10u w=1u",
        "c2 b 0 cm l=1u w=1u",
        ".model m r(rsh=10 narrow=0 defw=1u tc1=1m tc2=1u short=0 kf=1e-12 af=1 ef=1 lf=1 wf=1 tnom=50)",
    ]
    cards += [".model cm c(cj=1u cjsw=0 defw=1u)"]
    Circuit.from_text("\n".join([*BASE, *cards, ".end", ""])).op()


def test_nodes_of_the_deck_with_a_hash_are_results():
    """Unknowns inside devices are named with one, too, and stay inside."""
    cards = ["v1 a#b 0 1", "r1 a#b c 1k", "d1 c 0 dm", ".model dm d(rs=10)"]
    made = Circuit.from_text("\n".join(["hash", *cards, ".end", ""]))
    assert made.op()["v(a#b)"] == 1.0
    result = made.tran("1u")
    assert result["v(a#b)"][-1] == 1.0
    assert [name for name in result.names if "#" in name] == ["v(a#b)"]
    assert [name for name in made.op().names if "#" in name] == ["v(a#b)"]
