"""1T1R cells with every transistor there is: the array's own solvers beside the general engine."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.crossbar import Access, Crossbar, Device, Gated
from circuitnn.errors import AnalysisError, NetlistError
from circuitnn.models import known

LINES = dict.fromkeys(
    ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"), 20.0
)
MEMORY = Device("vteam", ron=5e3, roff=2e5, x0=np.linspace(0.2, 0.8, 9).reshape(3, 3))
ELECTRODES = {"gate", "base"}
TRANSISTORS = sorted(
    name
    for name, model in known().items()
    if len(model.terminals) in (3, 4) and model.terminals[1] in ELECTRODES
)
OTHERS = ("switch", "mjj")


# What a transistor needs to conduct at all.
NEEDED = {
    "bsim1": {"vfb": -0.7, "phi": 0.8, "k1": 0.7, "muz": 600.0, "mus": 650.0, "tox": 0.02, "vdd": 5.0},
    "bsim2": {"vbb": -5.0},
}


def array(transistor):
    return Crossbar(3, 3, Gated(MEMORY, Device(transistor, **NEEDED.get(transistor, {}))), **LINES)


@pytest.mark.thinned(3)
@pytest.mark.parametrize("transistor", TRANSISTORS)
def test_both_ways_give_the_same_currents(transistor):
    bias = Access(0, 2, 0.3, "grounded", gate=5.0)
    own, general = (array(transistor).op(bias, engine=engine) for engine in ("auto", "general"))
    size = np.abs(general.cell_current).max()
    assert size > 1e-9
    np.testing.assert_allclose(own.cell_current, general.cell_current, atol=1e-9 * size)


@pytest.mark.parametrize("transistor", ["ekv", "mosfet1", "mosfet2", "mosfet3", "mosfet6", "bsim3"])
def test_transistors_without_series_resistance_are_for_the_array_solver(transistor):
    assert array(transistor).op(Access(0, 2, 0.3, "grounded", gate=1.5)).statistics.linear_solver == "array"


@pytest.mark.parametrize("model", OTHERS)
def test_what_has_no_gate_is_no_transistor(model):
    with pytest.raises(AnalysisError, match=f"model {model} has no gate: its terminals are plus, minus"):
        array(model)


CARDS = {
    "nmos level=1 vto=0.4 kp=2m lambda=0.05": 2.0,
    "nmos level=3 vto=0.4 kp=2m w=3u l=1u": 2.0,
    "nmos level=8 vth0=0.4": 2.0,
    "nmos level=14 vth0=0.4": 2.0,
    "nmos vto=0.4 foo=3": 2.0,
    "pmos level=1 vto=-0.4 kp=2m": -2.0,
    "njf beta=1m vto=-1": -0.2,
    "vdmos vto=0.4 kp=2m": 2.0,
    "npn bf=50": 0.9,
}
SOURCES = """a tile
vin0 in0 0 0.3
vin1 in1 0 0.1
vg0 g0 0 {gate}
vg1 g1 0 {gate}
.model tr {card}
"""


def by_elements(card):
    """The same tile of resistors and transistors, element by element."""
    letter = {"njf": "j", "npn": "q"}.get(card.split()[0], "m")
    bulk = " b{i}_{j}" if letter == "m" and not card.startswith("vdmos") else ""
    lines = []
    for i in range(2):
        lines += [
            f"rw{i} w{i}_0 w{i}_1 2",
            f"vw{i} in{i} w{i}_0 0",
            f"rb{i} b0_{i} b1_{i} 2",
            f"vb{i} b1_{i} 0 0",
        ]
        for j in range(2):
            lines.append(f"r{i}_{j} w{i}_{j} m{i}_{j} 10k")
            lines.append(f"{letter}{i}_{j} m{i}_{j} g{i} b{i}_{j}{bulk.format(i=i, j=j)} tr")
    return "\n".join(lines)


@pytest.mark.parametrize(("card", "gate"), CARDS.items())
@pytest.mark.filterwarnings("ignore:.*foo:circuitnn.DeckWarning")
def test_an_array_card_takes_model_cards_as_elements_do(card, gate):
    head = SOURCES.format(gate=gate, card=card)
    array = ".crossbar x1 rows=2 cols=2 r=10k model=tr left=in bottom=0 gate=g rw=2 rb=2"
    ours, flat = (
        Circuit.from_text(f"{head}{rest}\n.op\n.end\n").op(reltol=1e-9, abstol=1e-18)
        for rest in (array, by_elements(card))
    )
    size = max(abs(flat[f"i(vin{k})"]) for k in range(2))
    assert size > 1e-7
    for name in ("i(vin0)", "i(vin1)", "i(vg0)", "i(vg1)"):
        assert ours[name] == pytest.approx(flat[name], abs=1e-6 * size)


@pytest.mark.parametrize(
    ("card", "message"),
    [
        ("nmos level=77", "level 77 of type 'nmos' is not supported"),
        ("vteam level=1", "no parameter 'level'"),
    ],
)
def test_model_cards_that_make_no_cell(card, message):
    text = (
        SOURCES.format(gate=1, card=card) + ".crossbar x1 rows=2 cols=2 r=1k model=tr left=in bottom=0 gate=g"
    )
    with pytest.raises(NetlistError, match=message):
        Circuit.from_text(f"{text}\n.op\n.end\n").op()
