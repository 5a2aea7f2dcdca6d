"""A file that cannot be written fails the run in the end; the deck's own analyses are run all the same."""

import subprocess
import sys

DECK = "t\nv1 a 0 1\nr1 a 0 1\n.op\n.control\nop\nwrdata nowhere/x.data v(a)\n.endc\n.end\n"


def test_the_decks_own_analyses_follow(tmp_path):
    path = tmp_path / "deck.cir"
    path.write_text(DECK)
    command = [sys.executable, "-m", "circuitnn", "-b", path]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)
    assert run.returncode == 1
    assert "cannot be written" in run.stderr
    assert "v1#branch" in run.stdout
