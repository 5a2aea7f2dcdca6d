"""A temperature that an instance is given either enters its equations, or a warning says that it does not."""

import warnings

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.contract import Case
from circuitnn.crossbar import MVM, Crossbar, Device
from circuitnn.equations.evaluate import evaluate
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.models import catalogue
from circuitnn.system.groups import place_devices
from circuitnn.system.unknowns import Unknowns

NAMES = sorted(catalogue())


def deck(model, instance="", card="", options=""):
    nodes = " ".join(f"{n}" for n in model.named_terminals())
    control = " v1" if model.control else ""
    given = [card] if card else []
    kind = "v1 top 0 1\n" + "".join(f"r{n} {n} top 1k\n" for n in model.named_terminals())
    device = f"{model.letter}1 {nodes}{control} m {instance}\n"
    return f"t\n{kind}{device}{model.card('m', parameters=given)}\n{options}\n.end\n"


def outputs(circuit, temp=27.0, tnom=27.0):
    """What the equations of the only device give at random unknowns, initial values included."""
    flat = circuit.flat
    (table,) = flat.devices
    model = catalogue()[table.model]
    unknowns = Unknowns(flat)
    placed = place_devices(table, unknowns, temp, tnom)
    case = Case(model, 40, seed=3)
    case.values |= {name: np.full(40, column[0]) for name, column in placed.columns.items()}
    made = dict(placed.kernel.setup)
    case.values |= dict(zip(made, evaluate(made.values(), case.values), strict=True))
    starts = [np.ravel(np.broadcast_to(evaluate([s.start()], placed.columns)[0], 1)) for s in model.states]
    return np.concatenate([case.evaluate(placed.kernel.outputs, case.points()).ravel(), *starts])


@pytest.mark.thinned(3)
@pytest.mark.parametrize("given", ["temp=85", "dtemp=58"])
@pytest.mark.parametrize("name", NAMES)
def test_has_an_effect_or_a_warning(name, given):
    model = catalogue()[name]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        circuit = Circuit.from_text(deck(model, given))
        there = outputs(circuit)
    changed = not np.array_equal(there, outputs(Circuit.from_text(deck(model))))
    told = [str(w.message) for w in said if issubclass(w.category, DeckWarning)]
    if changed:
        assert not told
    else:
        assert len(told) == 1
        assert f"'{model.letter}1'" in told[0]
        assert f"model {name}" in told[0]


@pytest.mark.parametrize("name", NAMES)
def test_nominal_temperature_of_a_card_has_an_effect_or_is_told(name):
    model = catalogue()[name]
    plain = Circuit.from_text(deck(model))
    before = outputs(plain, temp=85.0)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            there = outputs(Circuit.from_text(deck(model, card="tnom=50")), temp=85.0)
        except NetlistError as error:
            assert "no parameter 'tnom'" in str(error)
            there = before
        else:
            told = [str(w.message) for w in said if issubclass(w.category, DeckWarning)]
            assert np.array_equal(there, before) == any("'tnom'" in message for message in told)
    if np.array_equal(there, before):  # then .options tnom has none either
        assert np.array_equal(before, outputs(plain, temp=85.0, tnom=50.0))


@pytest.mark.parametrize(
    ("name", "parameter"), [("jart_vcm", "t0"), ("stanford_pku", "t0"), ("vo2_thermal", "tb")]
)
def test_surroundings_move_with_the_temperature(name, parameter):
    """The published number stands for tnom, so that nothing changes where temp is tnom."""
    model = catalogue()[name]
    published = next(p.default for p in model.parameters if p.name == parameter)

    def at_rest(instance="", options="", card=""):
        text = deck(model, instance, card, options).replace("v1 top 0 1", "v1 top 0 0")
        return Circuit.from_text(text).op()["@n1[t]"]

    assert at_rest() == published
    assert at_rest("temp=85") == pytest.approx(published + 58.0, rel=1e-12)
    assert at_rest("dtemp=10") == pytest.approx(published + 10.0, rel=1e-12)
    assert at_rest(options=".temp 47") == pytest.approx(published + 20.0, rel=1e-12)
    assert at_rest(options=".options tnom=17") == pytest.approx(published + 10.0, rel=1e-12)
    assert at_rest(card=f"tnom={published - 273.15}", instance="temp=85") == pytest.approx(358.15, rel=1e-12)
    assert at_rest(options=".temp -273") == max(published - 300.0, 1.0)


def test_cells_and_alterations_say_it_too():
    with pytest.warns(DeckWarning, match="model vteam"):
        Crossbar(2, 2, Device("vteam", temp=85.0)).op(MVM([0.1, 0.1]))
    circuit = Circuit.from_text("t\nv1 1 0 1\nn1 1 0 m\n.model m vteam\n.end\n")
    with pytest.warns(DeckWarning, match="'n1' affects only its noise"):
        circuit.altered({("n1", "temp"): 85.0}).op()
