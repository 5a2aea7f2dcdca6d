"""A terminal gets text of a deck, and no commands."""

import os
import pty
import subprocess
import sys

import pytest

DECK = (
    "t\x1b[2J\nv\x1b1 \x1b]0;owned\x07a 0 1\nr1 \x1b]0;owned\x07a 0 1\n.op\n.control\nop\nprint all\n"
    "echo \x1b[2J \x9b2J \x07\nprint nosuch\x1b[2J\n.endc\n.include /no/\x1b[2J\n.end\n"
)
ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}


def shown(folder, words):
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "circuitnn", *words], cwd=folder, env=ENVIRONMENT, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            said += part
        process.wait()
    os.close(ours)
    return said.decode()


@pytest.mark.parametrize("form", ["run deck.cir", "-b deck.cir", "check deck.cir"])
@pytest.mark.parametrize("include", [True, False])
def test_no_commands_reach_it(tmp_path, form, include):
    text = DECK if include else DECK.replace(".include /no/\x1b[2J\n", "")
    (tmp_path / "deck.cir").write_text(text)
    said = shown(tmp_path, form.split())
    assert len(said) > 20 and "\ufffd" in said
    assert not set(said) & {"\x1b", "\x07", "\x9b"}


def test_what_no_terminal_reads_is_left_as_it_is(tmp_path):
    (tmp_path / "deck.cir").write_text("t\nv1 a 0 1\nr1 a 0 1\n.control\nop\necho \x1b[2J\n.endc\n.end\n")
    run = subprocess.run(
        [sys.executable, "-m", "circuitnn", "run", "deck.cir"],
        cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "\x1b[2J" in run.stdout
