"""A flat deck that is written reads back as the same circuit: every statement, every form of it."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.flat.measure_request import PULSES
from circuitnn.netlist.measures import KINDS
from circuitnn.netlist.statements import asking
from circuitnn.results import rawfile

BASE = """* every statement
.param p=2
v1 in 0 dc 1 ac 1 30 sin(0 1 1meg)
r1 in out 1k tc1=1m
c1 out 0 1n ic=0.5
l1 out far 1u
r2 far 0 {p*1k}
i1 far 0 pulse(0 1u 0 1n 1n 1u 2u)
v2 w 0 pwl(0 0 1u 1 2u 0) r=0
r3 w 0 50
d1 out 0 dm area=2
.model dm d(is=1e-15 cjo=1p)
"""
# statement → forms of it
STATEMENTS = {
    ".op": [".op"],
    ".dc": [".dc v1 0 1 0.1", ".dc v1 0 1 0.5 temp 0 100 50", ".dc r1 1k 2k 500", ".dc v1 1 -1 -0.3"],
    ".ac": [".ac dec 10 1 1meg", ".ac oct 3 10 1k", ".ac lin 5 1k 5k"],
    ".noise": [".noise v(out) v1 dec 5 1 1k", ".noise v(out,far) v1 lin 3 1 1k 1"],
    ".tf": [".tf v(out) v1", ".tf i(v2) v1", ".tf v(out,far) v1"],
    ".sens": [
        ".sens v(out)",
        ".sens v(out,far)",
        ".sens i(v2)",
        ".sens v(out) ac dec 5 1 1k",
        ".sens v(out) dc",
    ],
    ".pz": [".pz in 0 out 0 vol pz", ".pz in 0 out far cur pol", ".pz in 0 out 0 vol zer"],
    ".disto": [".disto dec 2 1k 10k", ".disto lin 3 1k 10k 0.9"],
    ".sp": [".sp dec 2 1k 10k", ".sp lin 3 1k 10k 1"],
    ".stb": [".stb v2 dec 2 1k 10k"],
    ".tran": [".tran 1n 2u", ".tran 1n 2u 1u", ".tran 1n 2u 0 5n", ".tran 1n 2u uic"],
    ".arc": [".arc v1 0 1", ".arc v1 0 1 50", ".arc r1 1 2k 50 branches settled"],
    ".locus": [".locus fold v2 0 1 p 1 2", ".locus hopf v2 0 1 r1 1 2 20 settled"],
    ".solutions": [".solutions", ".solutions 20"],
    ".pac": [".pac dec 2 1k 10k", ".pac lin 3 1k 10k maxsideband=1"],
    ".pnoise": [
        ".pnoise v(out) dec 2 1k 10k",
        ".pnoise v(out,far) v1 lin 3 -1k 10k harmonic=1 refsideband=2",
    ],
    ".pss": [".pss 1meg 10u", ".pss 1meg 10u out 512 8 uic"],
    ".pxf": [".pxf v(out) dec 2 1k 10k", ".pxf i(v1) lin 3 1k 10k maxsideband=1"],
    ".cycles": [".cycles v1 0 1 10u", ".cycles r1 1k 2k 10u 1meg uic"],
    ".spikes": [".spikes 1n 2u v(out) 0.3", ".spikes 1n 2u 1u 5n v(in,out) {p} i(v1) -1m uic"],
    ".lyapunov": [".lyapunov 10m 1m", ".lyapunov 10m 1m 2 10u uic"],
    ".step": [".step temp 0 100 50\n.op", ".step r1 list 1k 2k\n.op", ".step param p 1 3 1\n.op"],
    ".options": [".options reltol=1e-4 method=gear", ".options interp"],
    ".temp": [".temp 85"],
    ".ic": [".ic v(out)=0.3 v(far)={p}"],
    ".nodeset": [".nodeset v(out)=0.3"],
    ".save": [".save v(out) i(v1)", ".save all", ".save @d1[id] v(out)"],
    ".print": [".print tran v(out) v(in,out)", ".print ac vdb(out)", ".plot op v(out)"],
    ".four": [".four 1meg v(out) i(v1)", ".four {p*1meg} v(in)"],
}
MEASURES = {
    "trig": [
        "trig v(in) val=0.5 rise=1 targ v(in) val=0.5 fall=last",
        "trig at=1u targ v(out) val=0.1 cross=2 td=1u",
    ],
    "find": [
        "find v(out) at=1u",
        "find v(out) when v(in)=0.5 rise=2",
        "find v(in,out) when v(in)=v(out) td=0.5u",
    ],
    "when": ["when v(out)=0.2 fall=1", "when v(out)=v(in)", "when v(out)={p/10} cross=last"],
    "avg": ["avg v(out) from=0 to=1u", "avg par('v(out)*i(v1)')", "avg {v(out)*p} td=1u"],
    "rms": ["rms v(out)"],
    "freq": ["freq v(in) on=0.75 off=0.25"],
    "duty": ["duty v(in) on=0.5 from=0 to=2u", "duty v(in) on=0.5 off=0.25 minval=0.1"],
    "on_time": ["on_time v(in) on={p/10}"],
    "off_time": ["off_time v(in) off=0.25 td=0.5u"],
    "min": ["min i(v1) from=1u"],
    "max": ["max i(v1)", "max v(in,out)"],
    "pp": ["pp v(out)"],
    "integ": ["integ v(out) from=0 to={p*1u}", "integral v(out)"],
    "min_at": ["min_at v(out)"],
    "max_at": ["max_at v(out)"],
    "deriv": ["derivative v(out) when v(in)=0.5", "deriv v(out) at=1u"],
    "param": ["param='base*2+p'"],
}
COMMENTED = (
    ".arc",
    ".sp",
    ".cycles",
    ".locus",
    ".lyapunov",
    ".pac",
    ".pnoise",
    ".pss",
    ".pxf",
    ".solutions",
    ".spikes",
    ".stb",
    ".step",
)  # which ngspice does not have


def flat(text):
    return Circuit.from_text(text).flat


def again(circuit):
    return flat(Circuit.from_text(circuit).export())


def arguments(card):
    return {k: repr(np.asarray(v).tolist()) for k, v in card.arguments.items()}


def same_tables(one, other):
    for a, b in zip(one.elements, other.elements, strict=True):
        assert a.names == b.names and a.waveforms == b.waveforms and a.controls == b.controls
        assert [[one.node_names[n] for n in row] for row in a.nodes] == [
            [other.node_names[n] for n in row] for row in b.nodes
        ]
        assert a.values.keys() == b.values.keys()
        assert all(np.array_equal(a.values[k], b.values[k], equal_nan=True) for k in a.values)
    for a, b in zip(one.devices, other.devices, strict=True):
        assert a.names == b.names
        assert all(np.array_equal(a.columns[k], b.columns[k], equal_nan=True) for k in a.columns)


@pytest.mark.parametrize("form", [f for forms in STATEMENTS.values() for f in forms])
def test_every_statement_reads_back(form):
    one = flat(BASE + form + "\n")
    text = Circuit.from_text(BASE + form + "\n").export()
    other = flat(text)
    same_tables(one, other)
    kept = [c for c in one.analyses if f".{c.kind}" not in COMMENTED and "param:" not in str(c.arguments)]
    assert [(c.kind, arguments(c)) for c in kept] == [(c.kind, arguments(c)) for c in other.analyses]
    assert [card[:3] for card in one.prints] == [card[:3] for card in other.prints]
    for name in ("saves", "fouriers", "temperature"):
        assert getattr(one, name) == getattr(other, name), name
    assert {k: v for k, v in one.options.items() if k != "temp"} == other.options
    for name in ("initial", "nodesets"):
        mine, theirs = getattr(one, name), getattr(other, name)
        assert {one.node_names[n]: v for n, v in mine.items()} == {
            other.node_names[n]: v for n, v in theirs.items()
        }
    if form.split()[0] in COMMENTED:
        assert f"* {form.split()[0]} " in text


@pytest.mark.parametrize("form", [f for kind in PULSES for f in MEASURES[kind]])
def test_measures_that_ngspice_lacks_become_comments(form):
    text = Circuit.from_text(BASE + f".tran 1n 3u\n.meas tran m {form}\n").export()
    assert f"\n* .meas tran m {form.split()[0]} v(in) " in text


@pytest.mark.parametrize("form", [f for kind, forms in MEASURES.items() if kind not in PULSES for f in forms])
def test_every_measure_reads_back(form):
    deck = BASE + f".tran 1n 3u\n.meas tran base avg v(out)\n.meas tran m {form}\n"
    one, other = flat(deck).measures, again(deck).measures
    assert [repr(m).replace(m.where, "") for m in one] == [repr(m).replace(m.where, "") for m in other]


def test_no_statement_is_forgotten():
    assert set(asking()) <= STATEMENTS.keys()
    assert set(KINDS) <= MEASURES.keys()


def test_parameters_that_are_swept_become_comments():
    assert "* .dc param:p" in Circuit.from_text(BASE + ".dc p 1 3 1\n").export()


def _in_ngspice(tmp_path, deck, *words):
    (tmp_path / "deck.cir").write_text(Circuit.from_text(deck).export())
    command = ["ngspice", "-n", "-b", *words, "deck.cir"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "rror:" not in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_ngspice_reads_the_analyses(tmp_path):
    kinds = (".op", ".dc", ".ac", ".noise", ".tf", ".pz", ".tran", ".ic", ".temp", ".nodeset")
    _in_ngspice(tmp_path, BASE + "\n".join(STATEMENTS[k][0] for k in kinds) + "\n", "-r", "out.raw")
    plots = {result.plotname for result in rawfile.read(tmp_path / "out.raw")}
    assert len(plots) >= 7, plots


@pytest.mark.skipif(shutil.which("ngspice") is None, reason="ngspice is not installed")
def test_ngspice_reads_the_measures(tmp_path):
    absent = ("deriv", *PULSES)  # which ngspice 44 does not compute
    forms = [forms[0] for kind, forms in MEASURES.items() if kind not in absent]
    cards = [".tran 1n 3u", ".four 1meg v(out)", ".meas tran base avg v(out)"]
    cards += [f".meas tran m{k} {form}" for k, form in enumerate(forms)]
    said = _in_ngspice(tmp_path, BASE + "\n".join(cards) + "\n")
    for name in ("base", *(f"m{k}" for k in range(len(forms)))):
        assert re.search(rf"^{name} +=", said, re.MULTILINE), name
