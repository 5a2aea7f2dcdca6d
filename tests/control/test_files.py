"""What a deck may write: results, below its folders, through no link."""

import os
import subprocess
import sys

import pytest

from circuitnn import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.machine import writing
from circuitnn.ngspice import control
from circuitnn.ngspice.control import result_files
from circuitnn.results import rawfile

DECK = "files\nv1 a 0 1\nr1 a 0 1k\n.control\nop\n{commands}\n.endc\n.end\n"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(*commands, overwrite=False):
    control.run(Circuit.from_text(DECK.format(commands="\n".join(commands))), overwrite=overwrite)


WRITERS = ("wrdata {} v(a)", "write {} v(a)", "echo x > {}", "print v(a) > {}", "echo x >> {}")
CODE = (
    "matplotlib.py", "GNUmakefile", "Makefile", "conftest.py", "setup.py", "setup.cfg", "x.pth", "x.so", "x.sh",
    "pyproject.toml", "x.html", "x.js", "x.ini", "x.cir", "spinit", "CMakeLists.txt", "requirements.txt",
    "dev-requirements.txt", "constraints.txt", "x.PY", "x.raw.py", "x.", "x.gz", "x.mat", "x.npy",
)  # fmt: skip


@pytest.mark.parametrize("name", CODE)
@pytest.mark.parametrize("command", WRITERS)
def test_nothing_that_could_run_or_configure_is_made(tmp_path, command, name):
    with pytest.warns(DeckWarning, match="does not have the suffix of a result"):
        run(command.format(name))
    (made,) = tmp_path.iterdir()
    assert made.name != name
    assert made.suffix in result_files.SUFFIXES
    assert result_files.ResultFiles([tmp_path]).named(made.name, ".raw") == made.name


def test_a_picture_is_always_a_picture(tmp_path):
    run("hardcopy setup.py v(a)", "hardcopy b.svg v(a)")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["b.svg", "setup.png"]


@pytest.mark.parametrize(
    "name",
    ["../out.txt", "/dev/shm/out.txt", "a/../../out.txt", ".profile.txt", "sub/.hidden/x.txt", "/etc/passwd.txt"],
)  # fmt: skip
@pytest.mark.parametrize("command", WRITERS)
def test_elsewhere_and_hidden_files_are_refused(command, name):
    with pytest.raises(NetlistError, match=r"deck:6: .*(is not below|is hidden)"):
        run(command.format(name))
    assert not os.path.exists(name)


@pytest.mark.parametrize("command", WRITERS)
def test_a_copy_of_what_was_there_is_kept(tmp_path, command):
    """A file that no deck has written may be precious."""
    old, copy = tmp_path / "out.txt", tmp_path / "out.txt~"
    old.write_text("precious\n")
    with pytest.warns(
        DeckWarning, match=r"deck:6: 'out\.txt' existed already; the earlier file is kept as 'out\.txt~'"
    ):
        run(command.format("out.txt"))
    assert copy.read_text() == "precious\n"
    assert old.read_bytes() != b"precious\n"
    assert (b"precious" in old.read_bytes()) == (">>" in command)


@pytest.mark.parametrize("command", WRITERS)
def test_without_a_copy_if_the_user_allows_it(tmp_path, command):
    (tmp_path / "out.txt").write_text("old\n")
    run(command.format("out.txt"), overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]


@pytest.mark.parametrize("command", WRITERS)
@pytest.mark.parametrize("marks", [True, False])
def test_a_deck_can_be_run_again(tmp_path, monkeypatch, command, marks):
    """What decks have written is replaced without a word; where it can't be marked, the first version is kept."""
    if not marks:
        monkeypatch.setattr(result_files, "_marked", lambda descriptor: False)
    run(command.format("out.txt"))
    with open(tmp_path / "out.txt", "rb") as made:
        if marks and not result_files._marked(made.fileno()):
            pytest.skip("the file system has no extended attributes")
        first = made.read()
    for _ in range(2):
        if marks:
            run(command.format("out.txt"))
        else:
            with pytest.warns(DeckWarning, match="existed already"):
                run(command.format("out.txt"))
    names = {p.name for p in tmp_path.iterdir()}
    assert names == ({"out.txt"} if marks else {"out.txt", "out.txt~"})
    assert marks or (tmp_path / "out.txt~").read_bytes() == first


def test_a_run_writes_its_own_files_again(tmp_path):
    run(
        "echo one > a.txt",
        "echo two > a.txt",
        "echo three >> a.txt",
        "write b.raw",
        "write b.raw",
        "echo x >> new.txt",
    )
    assert (tmp_path / "a.txt").read_text() == "two\nthree\n"
    assert (tmp_path / "new.txt").read_text() == "x\n"
    assert len(rawfile.read("b.raw")) == 1
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("command", WRITERS)
def test_no_link_is_followed(tmp_path, tmp_path_factory, command, overwrite):
    away = tmp_path_factory.mktemp("other")
    (away / "there.txt").write_text("precious")
    (tmp_path / "folder").symlink_to(away)
    (tmp_path / "file.txt").symlink_to(away / "there.txt")
    (tmp_path / "dangling.txt").symlink_to(away / "made.txt")
    for name in ("folder/x.txt", "file.txt", "dangling.txt"):
        with pytest.raises(NetlistError, match=r"cannot be written|is not a regular file"):
            run(command.format(name), overwrite=overwrite)
    assert [p.name for p in away.iterdir()] == ["there.txt"]
    assert (away / "there.txt").read_text() == "precious"


@pytest.mark.parametrize("command", WRITERS)
def test_another_name_of_a_file_is_left_alone(tmp_path, tmp_path_factory, command):
    """Even where replacing is allowed, what a hard link also names elsewhere keeps its contents."""
    away = tmp_path_factory.mktemp("other") / "there.txt"
    away.write_text("precious\n")
    os.link(away, tmp_path / "out.txt")
    if ">>" in command:
        with pytest.raises(NetlistError, match="has another name"):
            run(command.format("out.txt"), overwrite=True)
    else:
        run(command.format("out.txt"), overwrite=True)
    assert away.read_text() == "precious\n"


def test_a_link_that_comes_while_the_file_is_made_wins_nothing(tmp_path, tmp_path_factory, monkeypatch):
    """The race of a link put in the way between the look and the writing, at its worst moment."""
    away = tmp_path_factory.mktemp("other") / "made.txt"
    settle = writing.settle

    def in_between(out):
        settle(out)
        (tmp_path / "out.txt").symlink_to(away)

    monkeypatch.setattr(writing, "settle", in_between)
    with pytest.raises(NetlistError, match="was created meanwhile"):
        run("wrdata out.txt v(a)")
    assert not away.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out.txt"]
    monkeypatch.undo()


def test_a_folder_exchanged_for_a_link_while_the_file_is_made(tmp_path, tmp_path_factory, monkeypatch):
    away = tmp_path_factory.mktemp("other")
    (tmp_path / "sub").mkdir()
    settle = writing.settle

    def in_between(out):
        settle(out)
        (tmp_path / "sub").rename(tmp_path / "moved")
        (tmp_path / "sub").symlink_to(away)

    monkeypatch.setattr(writing, "settle", in_between)
    run("wrdata sub/out.txt v(a)")
    assert list(away.iterdir()) == []
    assert [p.name for p in (tmp_path / "moved").iterdir()] == ["out.txt"]


def test_what_took_long_waits_for_the_disk(tmp_path, monkeypatch):
    """A crash of the machine must not lose what a run has worked for; a short run does not wait."""
    flushed = []
    monkeypatch.setattr(os, "fsync", flushed.append)
    for content, worth, waits in (("one", 1e9, 0), ("two", 1e9, 0), ("three", 0.0, 1)):
        monkeypatch.setattr(writing, "WORTH_WAITING", worth)
        with writing.whole(tmp_path / "out.raw") as file:
            file.write(content)
        assert len(flushed) == waits and (tmp_path / "out.raw").read_text() == content


@pytest.mark.long
@pytest.mark.parametrize("words", [["-b", "deck.cir"], ["run", "deck.cir"]])
def test_the_command_imports_nothing_from_where_it_runs(tmp_path, words):
    """A module that lies there, however it came, is not what `python -m circuitnn` finds."""
    (tmp_path / "deck.cir").write_text(DECK.format(commands="hardcopy x.png v(a)"))
    for name in ("matplotlib", "click", "rich", "h5netcdf"):
        (tmp_path / f"{name}.py").write_text("import pathlib; pathlib.Path('TOUCHED').touch()\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    done = subprocess.run(
        [sys.executable, "-m", "circuitnn", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "x.png").exists()
    assert not (tmp_path / "TOUCHED").exists()
    again = subprocess.run(
        [sys.executable, "-m", "circuitnn", *words],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr
    allowed = subprocess.run(
        [sys.executable, "-m", "circuitnn", *words, "--overwrite"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
    )
    assert allowed.returncode == 0


@pytest.mark.parametrize("name", ["a\x1b[2J.txt", "a\u202egpj.txt", "a\x07.raw", "a\x9b.txt"])
def test_names_are_printable(tmp_path, name):
    with pytest.raises(NetlistError, match="printable characters only"):
        run(f"wrdata {name} v(a)")
    assert list(tmp_path.iterdir()) == []
