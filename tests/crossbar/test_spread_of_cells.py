"""Random expressions and spreads (``ron.dev``) of arrays: every cell draws a number of its own."""

import re
from math import sqrt

import numpy as np
import pytest
from scipy import stats

import circuitnn
from circuitnn.crossbar import MVM, Complementary, Crossbar, Device, Gated, Series
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError

SPREAD = ".dev"


def deck(*cards, rows=2, seed=None):
    sources = [f"v{k} in{k} 0 {0.1 * (k + 1):g}" for k in range(rows)]
    options = [] if seed is None else [f".options seed={seed}"]
    models = [".model mem vteam ron=1k roff=100k x0=0.5", ".model tr ekv vto=0.4 w=10u"]
    functions = [".func noisy(s) {exp(s*agauss(0,1,1))}"]
    return "\n".join(["spread", *models, *functions, *sources, *cards, *options, ".op", ".end", ""])


def placed(*cards, name="x1", seed=None):
    return circuitnn.Circuit.from_text(deck(*cards, seed=seed)).flat.placed[name].array


def card(values, rows=2, cols=3, name="x1"):
    return f".crossbar {name} rows={rows} cols={cols} {values} left=in bottom=0"


def conductance(values, rows=2, cols=3, seed=None):
    return placed(card(f"g={{{values}}}", rows, cols), seed=seed).conductance


def spread(**widths):
    return {name + SPREAD: width for name, width in widths.items()}


def independent(a, b):
    """Whether two sets of numbers are as uncorrelated as they should be (4 standard errors)."""
    a, b = np.ravel(a), np.ravel(b)
    return abs(np.corrcoef(a, b)[0, 1]) < 4.0 / sqrt(len(a))


# --- distribution ---------------------------------------------------------------------------------------------------

LAWS = {
    "agauss(5,0.6,3)": stats.norm(5.0, 0.2),
    "gauss(5,0.6,3)": stats.norm(5.0, 1.0),
    "aunif(5,0.5)": stats.uniform(4.5, 1.0),
    "unif(5,0.1)": stats.uniform(4.5, 1.0),
    "exp(0.3*agauss(0,1,1))": stats.lognorm(0.3),
    "noisy(0.3)": stats.lognorm(0.3),
}


@pytest.mark.parametrize("law", LAWS)
def test_numbers_of_cells_are_distributed_as_the_expression_says(law):
    drawn, wanted = conductance(law, 64, 64).ravel(), LAWS[law]
    n = len(drawn)
    assert len(np.unique(drawn)) == n
    assert abs(np.mean(drawn) - wanted.mean()) < 4.0 * wanted.std() / sqrt(n)
    kurtosis = float(wanted.stats(moments="k")) + 2.0
    assert abs(np.var(drawn) / wanted.var() - 1.0) < 4.0 * sqrt(kurtosis / n)
    assert stats.kstest(drawn, wanted.cdf).pvalue > 1e-3


def test_a_limit_takes_either_value():
    drawn = conductance("limit(5,1)", 64, 64)
    assert set(np.unique(drawn)) == {4.0, 6.0}
    assert abs(np.mean(drawn) - 5.0) < 4.0 / 64.0


def test_spread_cells_are_distributed_as_spread_instances():
    n = 1024
    instances = [f"n{k} a 0 mem ron.dev=0.2" for k in range(n)]
    circuit = circuitnn.Circuit.from_text("\n".join([deck("va a 0 1", *instances)]))
    from circuitnn.models import known
    from circuitnn.models.spread import spread as draw

    table = circuit.flat.devices[0]
    elements = draw(known()["vteam"], table.columns, table.names, 1)["ron"]
    cells = placed(card("model=mem ron.dev=0.2", 64, 64)).made.columns["ron"].ravel()
    assert stats.ks_2samp(elements, cells).pvalue > 1e-3
    assert abs(np.mean(np.log(cells / 1e3))) < 4.0 * 0.2 / 64.0
    assert abs(np.std(np.log(cells / 1e3)) / 0.2 - 1.0) < 4.0 / sqrt(2.0 * 4096)


def test_a_spread_stays_in_the_range_of_the_parameter():
    x0 = Crossbar(64, 64, Device("vteam", x0=0.5, **spread(x0=2.0))).made.columns["x0"]
    assert np.all((x0 >= 0.0) & (x0 <= 1.0))
    assert np.count_nonzero((x0 == 0.0) | (x0 == 1.0)) == 0


# --- independence, reproducibility ----------------------------------------------------------------------------------


def test_numbers_of_neighbours_values_and_arrays_are_independent():
    cards = (
        card("model=mem r={noisy(0.3)*1k} ron={1k*noisy(0.3)} roff.dev=0.3 x0.dev=0.1", 64, 64),
        card("r={noisy(0.3)*1k}", 64, 64, "x2"),
    )
    circuit = circuitnn.Circuit.from_text(deck(*cards))
    one, two = (circuit.flat.placed[name].array for name in ("x1", "x2"))
    columns = one.made.columns
    fields = [columns["resistor_r"], columns["vteam_ron"], columns["vteam_roff"], columns["vteam_x0"]]
    fields.append(1.0 / two.conductance)
    for k, field in enumerate(fields):
        assert independent(field[1:], field[:-1])
        assert independent(field[:, 1:], field[:, :-1])
        assert all(independent(field, other) for other in fields[:k])


def test_two_draws_in_one_expression_are_two_numbers():
    drawn = conductance("5 + agauss(0,1,4) - agauss(0,1,4)", 64, 64)
    assert abs(np.std(drawn) / (0.25 * sqrt(2.0)) - 1.0) < 4.0 / sqrt(2.0 * 4096)


def test_numbers_hang_on_nothing_but_seed_name_value_and_place():
    own = card("r={1e5*noisy(0.1)} rw={1+aunif(0,0.5)}")
    before = placed(own)
    others = (".param p=agauss(1,1,1)", "ra in0 0 {p*unif(1e3,0.1)}", card("g={aunif(2,1)}", name="x0"))
    for cards in ((own,), (*others, own), (own, *others)):
        again = placed(*cards)
        assert np.array_equal(again.conductance, before.conductance)
        assert np.array_equal(again.wordline_resistance, before.wordline_resistance)
    turned = placed(card("rw={1+aunif(0,0.5)} r={1e5*noisy(0.1)}"))
    assert np.array_equal(turned.conductance, before.conductance)
    larger = placed(card("r={1e5*noisy(0.1)}", 2, 7))
    assert np.array_equal(larger.conductance[:2, :3], before.conductance)
    for change in ({"seed": 2}, {"seed": 12345}):
        assert not np.any(placed(own, **change).conductance == before.conductance)


@pytest.mark.parametrize("values", ["r={1e5*noisy(0.1)}", "model=mem ron.dev=0.1"])
def test_an_elaboration_repeats_the_numbers(values):
    circuit = circuitnn.Circuit.from_text(deck(card(values)))
    first = circuit.op()["i(v0)"]
    for other in (circuit.with_options(seed=1), circuitnn.Circuit.from_text(deck(card(values)))):
        assert np.array_equal(other.op()["i(v0)"], first)
    assert not np.array_equal(circuit.with_options(seed=2).op()["i(v0)"], first)


def test_spreads_of_an_array_hang_on_seed_and_name_only():
    def ron(rows=3, cols=4, **given):
        return Crossbar(rows, cols, Device("vteam", **spread(ron=0.1)), **given).made.columns

    before = ron()["ron"]
    assert len(np.unique(before)) == before.size
    assert np.array_equal(ron(seed=1)["ron"], before)
    assert np.array_equal(ron(5, 9)["ron"][:3, :4], before)
    assert np.array_equal(ron(contact_resistance=10.0)["vteam_ron"], before)
    assert np.array_equal(ron(wordline_resistance=2.0)["ron"], before)
    assert not np.any(ron(seed=2)["ron"] == before)
    assert not np.any(ron(name="other")["ron"] == before)


def test_devices_of_a_stack_and_of_a_pair_draw_for_themselves():
    device = Device("vteam", **spread(ron=0.3))
    stack = Crossbar(64, 64, Series(device, device)).made.columns
    assert independent(stack["vteam_ron"], stack["vteam2_ron"])
    gated = Crossbar(64, 64, Gated(device, Device("ekv", vto=0.4, **spread(vto=0.1)))).made.columns
    assert independent(gated["vteam_ron"], gated["ekv_vto"])
    assert np.std(gated["ekv_vto"]) > 0.03
    pair = Crossbar(64, 64, Complementary(device, device)).made.columns["ron"]
    assert pair.shape == (64, 128)
    assert independent(pair[:, 0::2], pair[:, 1::2])


# --- card, Python, flat deck ----------------------------------------------------------------------------------------


def test_card_python_and_flat_deck_of_linear_cells_agree():
    text = "r={1e4*noisy(0.3)} rw={10*noisy(0.2)} rb={10*noisy(0.2)} rd={20*noisy(0.2)} "
    text += "rs={aunif(30,10)} rc={unif(100,0.5)}"
    circuit = circuitnn.Circuit.from_text(deck(card(text)))
    array, result = circuit.flat.placed["x1"].array, circuit.op()
    for name in ("wordline_resistance", "bitline_resistance", "driver_resistance", "sense_resistance"):
        values = getattr(array, name)
        assert len(np.unique(values)) == values.size > 1
    contact = array.contact_resistance
    assert contact.shape == (2, 3) and len(np.unique(contact)) == 6
    cells = 1.0 / (1.0 / array.conductance - contact)
    python = Crossbar(
        2,
        3,
        cells,
        wordline_resistance=array.wordline_resistance,
        bitline_resistance=array.bitline_resistance,
        driver_resistance=array.driver_resistance,
        sense_resistance=array.sense_resistance,
        contact_resistance=contact,
    ).op(MVM([0.1, 0.2]))
    into = [-result[f"i(v{k})"] for k in range(2)]
    np.testing.assert_allclose(into, -python.currents_out["left"], rtol=1e-6)
    written = circuitnn.Circuit.from_text(circuit.export())
    np.testing.assert_allclose([-written.op()[f"i(v{k})"] for k in range(2)], into, rtol=1e-9)


@pytest.mark.parametrize("where", ["card", "model"])
def test_card_python_and_flat_deck_of_spread_devices_agree(where):
    on_model = ".model mem2 vteam ron=1k roff=100k x0=0.5 ron.dev=0.2 x0.dev=0.1"
    of_card = card("model=mem ron.dev=0.2 x0.dev=0.1")
    cards = (of_card,) if where == "card" else (on_model, card("model=mem2"))
    circuit = circuitnn.Circuit.from_text(deck(*cards, seed=5))
    columns = circuit.flat.placed["x1"].array.made.columns
    cell = Device("vteam", ron=1e3, roff=1e5, x0=0.5, **spread(ron=0.2, x0=0.1))
    python = Crossbar(2, 3, cell, name="x1", seed=5)
    for name in ("ron", "x0"):
        assert columns[name].shape == (2, 3)
        assert np.array_equal(python.made.columns[name], columns[name])
    into = -python.op(MVM([0.1, 0.2])).currents_out["left"]
    result = circuit.op()
    np.testing.assert_allclose([-result[f"i(v{k})"] for k in range(2)], into, rtol=1e-6)
    text = circuit.export()
    numbers = sorted(float(n) for n in re.findall(r"^xnx1\.c.* ron=(\S+)", text, flags=re.MULTILINE))
    assert np.allclose(numbers, np.sort(columns["ron"].ravel()), rtol=1e-12)
    written = circuitnn.Circuit.from_text(text).op()
    np.testing.assert_allclose([-written[f"i(v{k})"] for k in range(2)], into, rtol=1e-6)


def test_an_array_added_in_python_is_drawn_by_the_circuit():
    array = Crossbar(2, 3, Device("vteam", **spread(ron=0.2)))

    def added(seed, array=array, name="x1"):
        circuit = circuitnn.Circuit.from_text(deck(seed=seed)).crossbar(name, array, left="in", bottom="0")
        return circuit.flat.placed[name].array.made.columns["ron"]

    same_card = card("model=other ron.dev=0.2")
    of_card = placed(".model other vteam", same_card, seed=7).made.columns["ron"]
    assert np.array_equal(added(7), of_card)
    assert not np.any(added(8) == of_card)
    assert not np.any(added(7, name="x2") == of_card)
    own = Crossbar(2, 3, Device("vteam", **spread(ron=0.2)), seed=3)
    assert np.array_equal(added(7, own), own.made.columns["ron"])
    assert np.array_equal(added(8, own), own.made.columns["ron"])
    changed = array.with_cell(1, 2, 5e3, "ron")  # what was chosen by hand is not drawn over
    assert np.array_equal(added(7, changed), changed.made.columns["ron"])


def test_a_flat_deck_of_spread_instances_is_recognised_with_its_numbers(tmp_path):
    lines = ["flat", ".model mem vteam ron=1k ron.dev=0.2", ".options seed=4"]
    lines += [f"v{i} w{i}_0 0 0.1" for i in range(3)]
    lines += [f"rw{i}_{j} w{i}_{j} w{i}_{j + 1} 1" for i in range(3) for j in range(2)]
    lines += [f"rb{i}_{j} b{i}_{j} b{i + 1}_{j} 1" for i in range(2) for j in range(3)]
    lines += [f"vb{j} b2_{j} 0 0" for j in range(3)]
    lines += [f"n{i}_{j} w{i}_{j} b{i}_{j} mem" for i in range(3) for j in range(3)]
    path = tmp_path / "flat.cir"
    path.write_text("\n".join([*lines, ".op", ".end", ""]))
    array, bias = Crossbar.from_deck(path)
    drawn = array.made.columns["ron"]
    assert len(np.unique(drawn)) == 9
    result = circuitnn.Circuit.from_text(path.read_text()).op()
    total = -sum(result[f"i(v{i})"] for i in range(3))
    assert np.sum(array.op(bias).currents_out["bottom"]) == pytest.approx(total, rel=1e-6)


# --- Monte Carlo ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "values", ["r={1e4*noisy(0.2)}", "model=mem ron.dev=0.2", "model=mem x0={aunif(0.5,0.2)}"]
)
def test_samples_of_monte_carlo_differ(values):
    circuit = circuitnn.Circuit.from_text(deck(card(values)))
    study = circuit.monte_carlo(8, measures={"i": "op find i(v0) at=0"})
    currents = study.measures["i"].values
    assert len(np.unique(currents)) == 8
    again = circuit.monte_carlo(8, measures={"i": "op find i(v0) at=0"})
    assert np.array_equal(again.measures["i"].values, currents)
    alone = circuit.with_options(seed=study.seeds[3]).op()["i(v0)"]
    assert alone == currents[3]


def test_samples_of_arrays_added_in_python_differ_unless_they_have_a_seed():
    cell = Device("vteam", **spread(ron=0.2))
    circuit = circuitnn.Circuit.from_text(deck()).crossbar("x1", Crossbar(2, 3, cell), left="in", bottom="0")
    study = circuit.monte_carlo(5, measures={"i": "op find i(v0) at=0"})
    assert len(np.unique(study.measures["i"].values)) == 5
    fixed = Crossbar(2, 3, cell, seed=1)
    circuit = circuitnn.Circuit.from_text(deck()).crossbar("x1", fixed, left="in", bottom="0")
    with pytest.warns(DeckWarning, match="all samples are the same"):
        circuit.monte_carlo(3, measures={"i": "op find i(v0) at=0"})


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ("r=1e4 rd={1+col}", "'col' means nothing here"),
        ("r=1e4 rs={1+row}", "'row' means nothing here"),
        ("r={agauss(1e5,1,0)}", "'agauss' draws no finite number"),
        ("r={foo*agauss(0,1,1)}", "'foo' is not defined"),
        ("r={agauss(foo,1,1)}", "'foo' is not defined"),
        ("r={1/(row-1)}", "no finite value in some cell"),
        ("r=1e4 r.dev=0.1", "no parameter 'r.dev'"),
        ("r={agauss(0,1,1)}", "must be positive"),
        ("model=mem foo.dev=0.1", "no parameter 'foo.dev'"),
        ("model=mem ron.dev=-1", "spread 'ron.dev' of cells is -1"),
    ],
)
def test_what_makes_no_sense_is_an_error_with_its_place(values, message):
    with pytest.raises((NetlistError, AnalysisError), match=re.escape(message)) as error:
        placed(card(values))
    assert "deck:6" in str(error.value) or "deck:7" in str(error.value)


def test_bad_seeds_and_spreads_of_an_array_are_errors():
    for seed in (-1, 1.5, 1 << 64):
        with pytest.raises(AnalysisError, match="seed"):
            Crossbar(2, 2, Device("vteam"), seed=seed)
    with pytest.raises(AnalysisError, match=r"no parameter 'foo\.dev'"):
        Crossbar(2, 2, Device("vteam", **spread(foo=0.1)))
    with pytest.raises(AnalysisError, match=r"spread 'ron\.dev'.*shape \(3,\)"):
        Crossbar(2, 2, Device("vteam", **spread(ron=[1, 2, 3])))
    with pytest.raises(AnalysisError, match=r"ron.*must be"):
        Crossbar(2, 2, Device("vteam", ron=-1.0, **spread(ron=0.1)))


# --- what is not random ---------------------------------------------------------------------------------------------


def test_what_is_not_random_is_as_it_is_written():
    array = placed(".param s=3", card("r={1e3*s} rw={s} rd={2*s} rc={s/3}"))
    assert np.array_equal(array.conductance, np.full((2, 3), (1.0 / 3e3) / (1.0 + 1.0 / 3e3)))
    assert array.wordline_resistance.tolist() == [3.0, 3.0]
    assert array.driver_resistance.tolist() == [6.0, 6.0]
    plain = placed(card("model=mem ron={500*2}")).made.columns
    assert all(not column.ndim for column in plain.values())
    none = Crossbar(2, 3, Device("vteam", **spread(ron=0.0))).made.columns["ron"]
    assert np.array_equal(none, np.full((2, 3), Crossbar(2, 3, Device("vteam")).made.columns["ron"]))


def test_a_number_drawn_by_a_parameter_is_one_for_all_cells():
    assert len(np.unique(placed(".param s=agauss(1,0.1,1)", card("r={1e3*s}")).conductance)) == 1
    both = placed(".param s=agauss(1,0.1,1)", card("r={1e3*s*exp(agauss(0,0.1,1))}"))
    only = placed(card("r={1e3*exp(agauss(0,0.1,1))}"))
    ratio = both.conductance / only.conductance
    assert ratio == pytest.approx(ratio[0, 0], rel=1e-12) and abs(ratio[0, 0] - 1.0) > 1e-6
