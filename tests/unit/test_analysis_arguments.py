"""What a card of an analysis gives is used, or a warning says that it is not."""

import ast
import inspect
import textwrap
import warnings

import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.registry.analyses import ANALYSES

CIRCUIT = "v1 a 0 1\nv2 d 0 1\nr1 a b 1k\nr2 b c 1k\nc1 b 0 1u\nr3 c d 1k"
# A card with all words, and another word for each place.
CARDS = {
    "ac": ("dec 10 1 1k", "oct 20 2 2k"),
    "arc": ("v1 0 1 50 branches settled", "v2 -1 2 60 b s"),
    "cycles": ("v1 1 3 1m 100k uic", "v2 2 4 2m 200k u"),
    "dc": ("v1 0 1 0.1 v2 0 1 0.1", "v2 -1 2 0.2 v1 -1 2 0.2"),
    "disto": ("dec 10 1 1k 0.5", "oct 20 2 2k 0.6"),
    "locus": ("fold v1 0 5 r1 1 100 40 settled", "hopf r1 1 6 v1 2 200 41 s"),
    "lyapunov": ("1000 50 3 0.05 uic", "2000 60 2 0.06 u"),
    "noise": ("v(b) v1 dec 10 1 1k 1", "v(c) v2 oct 20 2 2k 0"),
    "op": ("", ""),
    "pac": ("dec 10 1 1k maxsideband 3", "oct 20 2 2k maxsidebands 4"),
    "pnoise": (
        "v(b) v1 dec 10 1 1k harmonic=1 maxsideband=3 refsideband=1",
        "v(c) v2 oct 20 2 2k harmonics=2 maxsidebands=4 refsidebands=2",
    ),
    "pss": ("1k 1m b 64 5 3 1e-7 uic", "2k 2m c 65 6 4 1e-8 u"),
    "pxf": ("v(b) dec 10 1 1k maxsideband=3", "v(c) oct 20 2 2k maxsidebands=4"),
    "pz": ("a 0 b 0 vol pz", "b a c a cur pol"),
    "sens": ("v(b) ac dec 10 1 1k", "v(c) dc oct 20 2 2k"),
    "solutions": ("100", "200"),
    "sp": ("dec 10 1 1k 1", "oct 20 2 2k 0"),
    "spikes": ("1u 1m 10u 2u v(b) 0.5 uic", "2u 2m 20u 3u v(c) 0.6 u"),
    "stb": ("v1 dec 10 1 1k", "v2 oct 20 2 2k"),
    "tf": ("v(b) v1", "v(c) v2"),
    "tran": ("1u 1m 10u 2u uic", "2u 2m 20u 3u u"),
}
PLACES = [(name, k) for name, (card, _) in CARDS.items() for k in range(len(card.split()))]


def read(name, words):
    """What the reader makes of a card, and the warnings; an error is an answer too."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", DeckWarning)
        try:
            (card,) = Circuit.from_text(f"t\n{CIRCUIT}\n.{name} {' '.join(words)}\n.end\n").flat.analyses
        except NetlistError as error:
            return str(error), []
    return repr(card.arguments), [str(w.message) for w in said]


def test_every_analysis_is_asked():
    assert set(CARDS) == set(ANALYSES)


@pytest.mark.parametrize(("name", "place"), PLACES)
def test_every_word_matters_or_a_warning_says_that_it_does_not(name, place):
    card, other = (words.split() for words in CARDS[name])
    changed = [*card[:place], other[place], *card[place + 1 :]]
    before, _ = read(name, card)
    after, said = read(name, changed)
    assert after != before or any("no effect" in text for text in said)


@pytest.mark.parametrize(
    ("card", "says"),
    [
        (".pss 1k 1m b 64 5 3", "sciter = 3"),
        (".pss 1k 1m b 64 5 3 1e-3", "steadycoeff = 1e-3 of '.pss' counts as 1e-06"),
        (".op all", "'all' has no effect"),
        (".noise v(b) v1 dec 10 1 1k 5", "'5' in '.noise' counts as 1"),
        (".ac dec 10.7 1 1k", "'10.7' in '.ac' counts as 10"),
        (".lyapunov 1 0.1 1.5", "'1.5' in '.lyapunov' counts as 1"),
    ],
)
def test_what_has_no_effect_is_told_with_its_place(card, says):
    name, *words = card.split()
    _, said = read(name[1:], words)
    assert len(said) >= 1
    assert any(says in text and ":8:" in text for text in said), said


@pytest.mark.parametrize("card", [".pss 1k 1m b 1e400 5", ".ac dec 1e300 1 1k", ".pss 1k 1m b 64 5 3 0"])
def test_what_is_no_number_of_points_is_an_error(card):
    name, *words = card.split()
    assert "deck:8" in read(name[1:], words)[0] or ":8:" in read(name[1:], words)[0]


@pytest.mark.parametrize("name", sorted(ANALYSES))
def test_every_argument_of_a_run_is_used(name):
    """Of the method of `Circuit` as well."""
    for function in (ANALYSES[name].run, ANALYSES[name].verb):
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
        used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        assert set(inspect.signature(function).parameters) <= used


def test_times_in_the_order_of_the_card_are_a_warning():
    """A card has tstep first, the method tstop: 30 us in steps of 0.1 us would be 0.1 us."""
    circuit = Circuit.from_text(f"t\n{CIRCUIT}\n.end\n")
    with pytest.warns(DeckWarning, match=r"the step, 3e-05 s, is longer than the run, 1e-07 s"):
        circuit.tran(1e-7, 3e-5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        circuit.tran(3e-5, 1e-7)
        circuit.tran(3e-5, 3e-5)
