"""What the files of the analyses say of them: options, forms, the page of the documentation."""

from __future__ import annotations

from contextlib import suppress

import pytest

from circuitnn import Circuit
from circuitnn.analyses import ANALYSES, Task
from circuitnn.cli.analyses import page
from circuitnn.errors import ConvergenceError
from circuitnn.options import Options

DECK = """everything that reads options
v1 in 0 dc 1 ac 1 distof1 1 sin(0 1 1meg)
v2 p 0 portnum 1
r3 p q 1k
v4 q 0 portnum 2
r1 in out 1k
c1 out 0 1n
l1 out far 1u
r2 far far2 1k
v3 far2 far3 0
r4 far3 0 1
d1 out 0 dm
.model dm d(is=1e-15 cjo=1p)
"""
CARDS = {
    "op": "",
    "dc": "v1 0 1 0.5",
    "ac": "dec 2 1 1k",
    "noise": "v(out) v1 dec 2 1 1k",
    "tf": "v(out) v1",
    "sens": "v(out)",
    "disto": "dec 2 1 1k",
    "sp": "dec 2 1 1k",
    "pz": "in 0 out 0 vol pz",
    "arc": "v1 0 1",
    "tran": "10n 1u",
    "pac": "dec 2 1k 10k\n.pss 1meg 2u",
    "pnoise": "v(out) dec 2 1k 10k\n.pss 1meg 2u",
    "pss": "1meg 2u",
    "pxf": "v(out) dec 2 1k 10k\n.pss 1meg 2u",
    "cycles": "r1 1k 1.1k 2u 1meg",
    "lyapunov": "2u 1u 1",
    "locus": "fold v1 0 1 r1 1k 2k",
    "solutions": "16",
    "spikes": "10n 1u v(out) 0.5",
    "stb": "v3 dec 2 1 1k",
}


def read_by(name, monkeypatch):
    """Options that an analysis reads."""
    circuit = Circuit.from_text(f"{DECK}.{name} {CARDS[name]}\n")
    task, read = Task(circuit.flat, circuit.options()), set()
    (card,) = (card for card in circuit.flat.analyses if card.kind == name)

    def noted(self, attribute):
        read.add(attribute)
        return object.__getattribute__(self, attribute)

    with monkeypatch.context() as patch:
        patch.setattr(Options, "__getattribute__", noted, raising=False)
        with suppress(ConvergenceError):  # the deck has no folds
            ANALYSES[name].perform(task, card.arguments)
    return read & Options.table.keys()


@pytest.mark.thinned(7)
@pytest.mark.parametrize("name", sorted(ANALYSES.files))
def test_options_are_those_that_it_reads(name, monkeypatch):
    assert read_by(name, monkeypatch) - read_by("op", monkeypatch) == set(ANALYSES[name].options)


@pytest.mark.parametrize("name", sorted(ANALYSES.files))
def test_a_file_is_what_it_says(name):
    analysis = ANALYSES[name]
    assert analysis.name == name == analysis.verb.__name__ and getattr(Circuit, name) is analysis.verb
    assert len(CARDS[name].split()) >= len(analysis.form.partition("[")[0].split())
    assert all(plot.title for plot in analysis.plots)


def test_the_page_has_every_analysis():
    for name in ANALYSES:
        assert page().count(f"\n## {name}\n\n```text\ncircuit.{name}(") == 1
