"""A short part of the campaign of `bench.fuzz`: every input ends in a result or in an error of ours."""

import os
import subprocess

import pytest

from bench import fuzz, fuzz_inputs

COUNT = int(os.environ.get("CIRCUITNN_FUZZ", "200"))


@pytest.mark.long
@pytest.mark.parametrize("kind", fuzz.KINDS)
def test_no_findings(kind, tmp_path, capsys):
    found = fuzz.campaign(kind, 0, COUNT, tmp_path)
    assert found == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (lambda rng, folder: 1 / 0, "ZeroDivisionError"),
        (lambda rng, folder: fuzz_inputs._run(folder, b"t\nr1 a 0 1\n.control\nquit 77\n.endc\n", rng), ""),
        (
            lambda rng, folder: os.kill(os.getpid(), 0) or _leave(folder, "setup.py", rng),
            "setup.py was written",
        ),
    ],
)
def test_the_oracles_see(broken, says, tmp_path, monkeypatch):
    monkeypatch.setitem(fuzz.KINDS, "broken", broken)
    assert says in fuzz.one("broken", 1, tmp_path)


def _leave(folder, name, rng):
    run = fuzz_inputs.cli.execute

    def leaving(words):
        (folder / name).write_text("x")
        return run(words)

    fuzz_inputs.cli.execute = leaving
    try:
        fuzz_inputs._run(folder, b"t\nr1 a 0 1\n.op\n", rng)
    finally:
        fuzz_inputs.cli.execute = run


def test_a_process_that_dies_is_a_finding_and_the_rest_go_on(tmp_path, monkeypatch, capsys):
    ended = iter(
        [
            subprocess.CompletedProcess([], -11, "> 0\n> 1\n", "Fatal Python error"),
            subprocess.CompletedProcess([], 1, "> 2\n! 2 'wrong'\n> 3\n=\n", ""),
        ]
    )
    monkeypatch.setattr(fuzz.subprocess, "run", lambda *_, **__: next(ended))
    assert fuzz.campaign("deck", 0, 4, tmp_path) == 2
    said = capsys.readouterr().out
    assert "deck 1: the process ended with -11\nFatal Python error" in said and "deck 2 'wrong'" in said


@pytest.mark.long
def test_inputs_are_of_all_sorts(tmp_path):
    """Some run to their end and some do not: a generator of faults alone would find little."""
    kinds = ("deck", "rules", "files", "control", "numbers")
    codes = []
    execute = fuzz_inputs.cli.execute
    fuzz_inputs.cli.execute = lambda words: codes.append(execute(words)) or codes[-1]
    try:
        for kind in kinds:
            for seed in range(40):
                (tmp_path / f"{kind}{seed}").mkdir()
                assert fuzz.one(kind, seed, tmp_path / f"{kind}{seed}") == ""
    finally:
        fuzz_inputs.cli.execute = execute
    for k, kind in enumerate(kinds):
        good = sum(code == 0 for code in codes[40 * k : 40 * k + 40])
        assert 2 <= good <= 38, (kind, good)


@pytest.mark.parametrize("kind", ["deck", "rules", "files", "control", "numbers"])
def test_a_seed_makes_one_input(kind, tmp_path, monkeypatch):
    """Or no finding could be looked at again; and another seed makes another."""
    made = []
    monkeypatch.setattr(
        fuzz_inputs, "_run", lambda folder, content, rng: made.append((content, rng.random()))
    )
    for place, seed in enumerate((1, 1, 2)):
        (tmp_path / str(place)).mkdir()
        assert fuzz.one(kind, seed, tmp_path / str(place)) == ""
    assert made[0] == made[1] != made[2]
