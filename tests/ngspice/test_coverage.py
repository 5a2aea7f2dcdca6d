"""Whatever circuitnn knows, by its own registries, occurs in a deck that is compared with ngspice."""

import re
import string
from dataclasses import fields
from functools import cache

import pytest

import circuitnn
from circuitnn.elements.waveforms import WAVEFORMS
from circuitnn.equations.graph import FUNCTIONS
from circuitnn.models import catalogue
from circuitnn.netlist.expressions import _BINARY as OPERATORS
from circuitnn.netlist.measures import KINDS
from circuitnn.netlist.statements import asking
from circuitnn.options import Options
from validation.decks import all_decks

# What ngspice does not have, or draws with numbers of its own; the tests that hold it instead.
ELSEWHERE = {
    ".arc": "tests/analytic/test_arc.py",
    "scale": "tests/ngspice/test_bsim3.py",
    "wnflag": "tests/ngspice/test_bsim4.py",
    ".locus": "tests/analytic/test_bifurcations.py",
    ".solutions": "tests/analytic/test_solutions.py",
    "spikes": "tests/unit/test_waveforms.py",
    "pat": "tests/unit/test_xyce_cards.py",  # written as a pwl
    "external": "tests/engine/test_external.py",  # ngspice has it in its shared library only
    "ngbehavior": "tests/ngspice/test_dialects.py",
    ".pac": "tests/periodic/test_small_signals.py",
    ".pxf": "tests/periodic/test_small_signals.py",
    ".pnoise": "tests/periodic/test_periodic_noise.py",
    ".pss": "tests/periodic/test_shooting.py",  # ngspice is seldom built with it
    ".cycles": "tests/periodic/test_cycles.py",
    ".lyapunov": "tests/periodic/test_lyapunov.py",
    ".spikes": "tests/periodic/test_spikes.py",
    ".stb": "tests/analytic/test_loop_gain.py",
    ".step": "tests/unit/test_netlist_statements.py",
    "idealdiode": "tests/analytic/test_ideal_diode.py",  # the deck for ngspice has its twin
    "ltswitch": "tests/analytic/test_transconductor.py",
    "maxstep": "tests/unit/test_ltspice_cards.py",
    "trnoise": "tests/analytic/test_random_sources.py",
    "trrandom": "tests/analytic/test_random_sources.py",
    "linear_solver": "tests/unit/test_linear_solvers.py",
    "threads": "tests/unit/test_vm.py",
    "hostcompile": "tests/unit/test_host_compile.py",
    "statetol": "tests/engine/test_model_defaults.py",
    "seed": "tests/analytic/test_random_sources.py",
    "conserve": "tests/engine/test_conserve.py",
    "decimate": "tests/unit/test_rows.py",
    "noisestep": "tests/analytic/test_noise_in_time.py",
    **dict.fromkeys(("savecurrents", "defl", "defw", "defad", "defas"), "tests/ngspice/test_options.py"),
    **dict.fromkeys(("freq", "duty", "on_time", "off_time"), "tests/unit/test_pulse_measures.py"),  # Xyce's
    **dict.fromkeys(("vdmosn", "vdmosp"), "tests/ngspice/test_vdmos.py"),
    **dict.fromkeys(("&", "|"), "tests/unit/test_expressions.py"),
    **dict.fromkeys(("uplim", "dnlim", "uplim_tanh", "dnlim_tanh", "pwrs"), "tests/ngspice/test_dialects.py"),
    "switch": "tests/contract/test_numbers_field_effect.py",  # Xyce's word
    "noopalter": "tests/logic/test_networks.py",
    "minevent": "tests/logic/test_chattering.py",
    # These would stay in the shared library for the decks that follow.
    "cshunt": "tests/ngspice/test_options.py",
    "rseries": "tests/ngspice/test_options.py",
    "interp": "tests/ngspice/test_options.py",
    "volatile_voltage": "tests/contract/test_models.py",  # in a shorter drive than its deck's
}
# Names that a deck may give instead.
ALIASES = {"gshunt": "rshunt"}


@cache
def compared():
    return [deck for deck in all_decks() if not deck.skip]


def cards_of(deck):
    """Text of a deck and of what it includes, in lower case, without comments."""
    lines = deck.path.read_text().lower().splitlines()[1:]
    for name in [m[1] for line in lines if (m := re.match(r"\.include\s+(\S+)", line))]:
        lines += (deck.path.parent / name.strip("\"'")).read_text().lower().splitlines()
    return "\n".join(line for line in lines if not line.startswith("*"))


@cache
def text():
    return "\n".join(cards_of(deck) for deck in compared())


@cache
def formulas():
    """Operators and functions within cards, apart from names and numbers."""
    longest = sorted(OPERATORS, key=len, reverse=True)
    return set(re.findall("|".join(map(re.escape, longest)), text()))


def test_element_letters():
    begins = {line[0] for line in text().splitlines() if line[:1].isalpha()}
    known = set(string.ascii_lowercase) & {m[0] for m in begins}
    letters = set(circuitnn.elements.known())
    assert not letters - known


@pytest.mark.parametrize("kind", asking())
def test_analyses(kind):
    if kind not in ELSEWHERE:
        assert re.search(rf"^\{kind}\b", text(), re.MULTILINE), f"no compared deck has {kind}"


def test_four():
    assert re.search(r"^\.four\b", text(), re.MULTILINE)


@pytest.mark.parametrize("kind", WAVEFORMS)
def test_waveforms_of_voltages_and_currents(kind):
    if kind not in ELSEWHERE:
        for letter in "vi":
            card = rf"^{letter}\S*\s.*\b{kind}\b"
            assert re.search(card, text(), re.MULTILINE), (
                f"no compared deck has a source {letter} with {kind}"
            )


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name):
    assert re.search(rf"\b{name}\s*\(", text()) or name in ELSEWHERE, f"no compared deck calls {name}"


@pytest.mark.parametrize("operator", OPERATORS)
def test_operators(operator):
    assert operator in formulas() or operator in ELSEWHERE, f"no compared deck uses {operator}"


@pytest.mark.parametrize("kind", KINDS)
def test_measures(kind):
    used = re.findall(r"^\.meas\w*\s+\w+\s+\w+\s+(\w+)", text(), re.MULTILINE)
    names = {"integral": "integ", "derivative": "deriv"}
    assert kind in {names.get(word, word) for word in used} or kind in ELSEWHERE, (
        f"no compared deck measures {kind}"
    )


@pytest.mark.parametrize(
    "word", [word for m in catalogue().values() if not m.stated().randoms for word in m.types()]
)
def test_models(word):
    """Those that draw random numbers are compared frozen, by the checks of every model."""
    types = set(re.findall(r"^\.model\s+\S+\s+(\w+)", text(), re.MULTILINE))
    assert word in types or word in ELSEWHERE, f"no compared deck has a model of type {word}"


@pytest.mark.parametrize("name", [f.name for f in fields(Options)])
def test_options(name):
    if name not in ELSEWHERE:
        given = re.findall(r"^\.opt\w*\s+(.*)$", text(), re.MULTILINE)
        found = set(re.findall(r"(\w+)\s*=", " ".join(given)))
        assert ALIASES.get(name, name) in found, f"no compared deck gives the option {name}"


def test_what_is_held_elsewhere_exists():
    root = all_decks()[0].path.parents[2]
    missing = sorted({path for path in ELSEWHERE.values() if not (root / path).is_file()})
    assert not missing


def test_as_many_as_promised():
    assert len(compared()) >= 150
