"""Edges of the Python interface: every public callable with one argument changed, and what annotations ask for.

`python -m bench.edges SEED COUNT` tries all changes; here are some of each kind, and all that is quick.
"""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields, replace
from fractions import Fraction
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.edges import Draw, draws, fault, outcome, ready, uncovered
from bench.good_calls import GOOD
from bench.good_calls.made import FOLDER, RC, rc
from circuitnn import Circuit, Crossbar, networks
from circuitnn.crossbar import Access, Bias, Device, Faults, Series
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning
from circuitnn.machine.annotations import kind_of
from circuitnn.machine.arguments import Given, checked_arguments

# Analyses, studies and training, which take longer than all others together; the campaign has them.
SLOW = ("neural.", "networks.", "studies.", "Circuit.")
QUICK = [name for name in GOOD if not name.startswith(SLOW) and not name.endswith(("plot", ".tran"))]
WHOLE = st.integers(-(2**31), 2**31)
NOT_NUMBERS = st.one_of(
    st.none(),
    st.binary(),
    st.complex_numbers(allow_nan=False),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sets(st.integers(), max_size=2),
    st.lists(st.text(max_size=2), min_size=2, max_size=3),
    st.text("xyz", max_size=5),
    st.just(object()),
    st.just(float),
)


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch):
    """A text is also the name of a file."""
    monkeypatch.chdir(FOLDER)


def test_every_public_callable_has_a_good_call():
    assert not uncovered()


@cache
def possible(name):
    return draws(name)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(QUICK), st.integers(0, 10**6))
def test_a_changed_argument_is_taken_as_it_is_or_refused_by_name(name, number):
    draw = possible(name)[number % len(possible(name))]
    assert not fault(draw), draw


@pytest.mark.parametrize("name", QUICK)
def test_values_survive_copies_and_own_what_they_are_given(name):
    found = [
        draw for draw in possible(name) if draw.kind in ("copied", "changed afterwards", "attributes set")
    ]
    assert not [f"{draw}: {fault(draw)}" for draw in found if fault(draw)]


def test_the_campaign_hears_of_what_is_accepted_and_ignored(monkeypatch):
    """Its oracle: a function that takes anything is a fault of several kinds."""

    def careless(count: int = 1) -> int:
        return 3

    monkeypatch.setitem(GOOD, "careless", (None, {"count": 1}))
    monkeypatch.setattr("bench.edges.public", lambda: {"careless": careless})
    assert fault(Draw("careless", "count", "a text", "abc")) == "is accepted (int)"
    assert fault(Draw("careless", "count", "None", None)) == "is accepted (int)"
    assert not fault(Draw("careless", "count", "an int64 (equivalent)", np.int64(1)))
    assert outcome(ready("careless")) == 3


@given(WHOLE)
def test_whole_numbers_are_taken_in_all_their_forms(n):
    check = kind_of("int").check
    forms = [n, np.int64(n), np.float64(n), float(n), Fraction(n), np.array(n)]
    assert [check(form, "n") for form in forms] == [n] * len(forms)
    for wrong in (n + 0.5, np.float64(n) + 0.25, True, np.bool_(False), str(n), [n], np.array([n])):
        with pytest.raises(AnalysisError, match=r"^n = "):
            check(wrong, "n")


@given(st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, width=32))
def test_numbers_are_taken_in_all_their_forms(x):
    check = kind_of("float").check
    for form in (x, np.float64(x), np.float32(x), Fraction(x), repr(x), np.array(x)):
        assert check(form, "x") == pytest.approx(x, rel=1e-15)
    assert kind_of("Real").check(np.float64("nan"), "x") != kind_of("Real").check(np.inf, "x")
    with pytest.raises(AnalysisError, match=r"^x = nan"):
        check(np.nan, "x")


@given(
    st.sampled_from(["int", "float", "Real", "Size", "np.ndarray", "ArrayLike", "tuple[int, int]"]),
    NOT_NUMBERS,
)
def test_what_is_no_number_is_refused_by_name(annotation, wrong):
    if annotation in ("np.ndarray", "ArrayLike") and isinstance(wrong, bytes | str):
        wrong = "abc"
    with pytest.raises(AnalysisError, match=r"^argument"):
        kind_of(annotation).check(wrong, "argument")


@given(st.lists(st.tuples(WHOLE, WHOLE), max_size=4))
def test_pairs_may_be_given_as_lists_tuples_and_arrays(pairs):
    kind = kind_of("Sequence[tuple[int, int]] | np.ndarray")
    wanted = tuple(pairs)
    assert kind.check(pairs, "opens") == kind.check(list(map(list, pairs)), "opens") == wanted
    if pairs:
        assert kind.check(np.array(pairs), "opens") == wanted
        with pytest.raises(AnalysisError, match=r"^opens = "):
            kind.check(np.column_stack([pairs, pairs]), "opens")


@pytest.mark.parametrize(
    ("annotation", "good", "wrong"),
    [
        ("float | None", None, "x"),
        ("str | tuple[str, ...]", ("a", "b"), ("a", 1)),
        ("str | Sequence[int]", [1, 2], [1, 2.5]),
        ("Mapping[str, float]", {"a": 1.0}, {1: 1.0}),
        ("bool", np.True_, "no"),
        ("Result[Any]", None, None),
    ],
)
def test_annotations_are_read(annotation, good, wrong):
    check = kind_of(annotation).check
    if annotation != "Result[Any]":
        check(good, "given")
    with pytest.raises(AnalysisError, match=r"^given"):
        check(wrong, "given")


def test_arguments_are_checked_wherever_they_stand():
    @checked_arguments
    def made(a: int, /, b: float = 1.0, *rest: str, c: bool = False, **more: str) -> tuple:
        return a, b, rest, c, more

    assert made(np.int8(1), "2k", "x", c=1, d="y") == (1, 2000.0, ("x",), True, {"d": "y"})
    for wrong in (lambda: made("x"), lambda: made(1, None), lambda: made(1, b=[]), lambda: made(1, c="no")):
        with pytest.raises(AnalysisError, match=r"^[abc] = "):
            wrong()
    with pytest.raises(TypeError, match="missing"):
        made()


def test_none_is_no_number():
    """NumPy takes it for NaN, which floats the end of a line."""
    for wrong in (lambda: Bias(None), lambda: Bias([0.1, None]), lambda: Crossbar(1, 2, [[None, 1e-3]])):
        with pytest.raises(AnalysisError, match="needed"):
            wrong()


@given(st.integers(0, 3), st.integers(0, 2), st.floats(-1, 1), st.booleans())
def test_a_value_is_equal_to_its_copies_and_to_itself_in_other_words(row, col, v, listed):
    one = Access(row, col, v, "third", rows_at=float("nan"))
    two = Access(np.int64(row), float(col), np.float64(v), "third", rows_at=np.nan)
    opens = [(row, col)] if listed else np.array([[row, col]])
    three, four = Faults(opens=opens), Faults(opens=((row, float(col)),))
    for a, b in ((one, two), (three, four)):
        for same in (b, copy.deepcopy(a), pickle.loads(pickle.dumps(a))):
            assert a == same and hash(a) == hash(same)
    assert issubclass(Access, Given) and one != Access(row, col, v + 1.0, "third")


@given(st.sampled_from("RCL"), st.sampled_from([1.5, None, True, 0.0, b"a", ("a",), "a b", ""]))
def test_what_is_no_node_is_refused_by_name(letter, wrong):
    with pytest.raises(CircuitnnError, match="p = "):
        getattr(Circuit("t"), letter)("1", wrong, 0, 1.0)


@given(st.integers(-5, 99), st.sampled_from([int, np.int64, np.int16, str]))
def test_integers_are_names_of_nodes(node, kind):
    """A divider between ground and a node of any number: KCL gives its half."""
    other = "1e3n" if node else "top"
    made = Circuit("d").V("1", other, kind(node), 2.0).R("1", other, "m", 1e3).R("2", "m", kind(node), 1e3)
    made = made.R("3", kind(node), 0, 1.0) if node else made
    assert made.op()["v(m)"] == pytest.approx(1.0, abs=1e-9)


def test_results_are_frozen():
    """`result.data = …`, `result.complete = True` were accepted, and drawn and saved."""
    for made in (rc().op(), rc().tran("10u"), rc().pss(1e3, "1m", "out")):
        for name in (*(f.name for f in fields(made)), "zz"):
            with pytest.raises(AttributeError, match=f"cannot set '{name}' of a {type(made).__name__}"):
                setattr(made, name, None)
        assert replace(made, title="other").title == "other" != made.title
        assert copy.deepcopy(made)["v(out)"] == pytest.approx(made["v(out)"])


def test_equations_are_copied_with_their_sources_and_sealed():
    made = rc().system("1m")
    made.set_source("v1", 3.0)
    expected = Circuit.from_text(RC.replace("dc 1", "dc 3")).op()["v(out)"]
    for same in (copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert same.source("v1") == 3.0 and same.names == made.names
        assert same.operating_point()[same.index("v(out)")] == pytest.approx(expected, rel=1e-6)
        same.set_source("v1", 1.0)
        same.memory = made.memory
        with pytest.raises(AttributeError, match="cannot set 'names'"):
            same.names = ()
    assert made.source("v1") == 3.0


@pytest.mark.parametrize(
    ("annotation", "words"),
    [
        ("Cell | ArrayLike | str", "a cell such as crossbar.Device, a number, an array of numbers or a text"),
        ("int | ArrayLike", "a whole number, a number or an array of numbers"),
        ("float | str | bool", "a finite number, a text, True or False"),
        ("Dense | None", "a neural.Dense"),
        ("Sequence[Dense]", "a sequence of instances of neural.Dense"),
        ("Sequence[tuple[int, int]] | np.ndarray", "a sequence of pairs of whole numbers"),
        ("tuple[float, float]", "a pair of finite numbers"),
    ],
)
def test_messages_say_what_is_needed_in_english(annotation, words):
    with pytest.raises(AnalysisError) as raised:
        kind_of(annotation).check(object, "given")
    assert str(raised.value) == f"given = <class 'object'>: {words} is needed"


def test_cells_of_networks_are_no_cells_of_arrays():
    """Two packages have a class of this name."""
    with pytest.raises(AnalysisError, match=r"^second = Cell.*a cell such as crossbar.Device is needed"):
        Series(Device("drift"), networks.vanadium_dioxide())


def test_options_of_exported_arrays_are_checked():
    array = Crossbar(2, 2, "diode", temp=50.0)
    with pytest.raises(AnalysisError, match="reltol = -1"):
        array.export_deck(Access(0, 0, 0.7), reltol=-1)
    with pytest.warns(DeckWarning, match="option zz is written.*knows it"):
        assert "zz=1" in array.export_deck(Access(0, 0, 0.7), zz=1)
    warm = array.changed(temp=85.0).export_deck(Access(0, 0, 0.7))
    assert array.export_deck(Access(0, 0, 0.7), temp=85, klu=True).replace(" klu", "").replace(
        ".options\n", ""
    ) == warm.replace(".options\n", "")


def test_parameters_and_rails_of_an_oscillator_have_a_place_in_it():
    body = "r1 supply out {2*r}\nc1 out 0 {C}"
    networks.Cell(body, {"R": 1e3, "c": [1e-9, 2e-9]}, rails={"supply": 1.0})
    for wrong in ({"parameters": {"r": 1e3, "c": 1e-9, "zz": 1.0}}, {"rails": {"sup": 1.0}}):
        with pytest.raises(
            AnalysisError, match=r"^(parameters|rails): the body of the cell has no '(zz|sup)'"
        ):
            networks.Cell(body, **wrong)
