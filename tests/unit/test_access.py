"""What a deck may read, how much, and that nothing of other files shows in messages."""

import os
import threading
import zipfile

import numpy as np
import pytest

from circuitnn import cli, load
from circuitnn.errors import CircuitnnError, DeckWarning
from circuitnn.machine import access, budget

SECRETS = (
    "root:$6$abcdefgh$SECRET1:19000:0:99999:7:::",
    "-----BEGIN PRIVATE KEY-----",
    "c2VjcmV0SECRET2c2VjcmV0",
    "PASSWORD=SECRET3",
    '{"token": "SECRET4"}',
    "api_key: SECRET5",
    "1.5 SECRET6",
    "machine SECRET7.com login SECRET8 password SECRET9",
)
WAYS = {
    "include": ".include {}",
    "lib": ".lib {} tt",
    "pwl": "v2 b 0 pwl file={}",
    "table": ".crossbar x1 rows=2 cols=2 file.g={} left=in bottom=out",
    "array": ".crossbar x1 rows=2 cols=2 file.g={}.npy left=in bottom=out",
}


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path, monkeypatch):
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def written(card, more=""):
    with open("deck.cir", "w") as file:
        file.write(f"t\nv1 a 0 1\nr1 a 0 1\n{card}\n{more}\n.op\n.end\n")
    return load("deck.cir")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("way", WAYS)
def test_messages_show_nothing_of_other_files(tmp_path, way, secret, capsys):
    for name in ("secret", "secret.npy"):
        (tmp_path / name).write_text(f"{secret}\n{secret}\n")
    written(WAYS[way].format("../secret"))
    for words in (["run", "deck.cir"], ["check", "deck.cir"], ["-b", "deck.cir"]):
        assert cli.execute(words) == 1
        out, err = capsys.readouterr()
        assert "SECRET" not in out + err and "BEGIN" not in out + err
        assert "secret" in err


def test_a_deck_learns_no_names_of_other_folders(tmp_path):
    """Neither whether a file is there, nor what similar files are called; beside the deck, a hint helps."""
    for name in ("id_rsa", ".netrc", "work/parts.inc", "work/.hidden.inc"):
        (tmp_path / name).write_text("x")

    def said(name):
        with access.confined(tmp_path / "work"), pytest.raises(CircuitnnError) as caught:
            written(f".include {name}").op()
        return str(caught.value)

    assert said("../id_rsa").replace("id_rsa", "id_rsb") == said("../id_rsb")
    assert "did you mean" not in said("../id_rs")
    assert said("part.inc").count("did you mean parts.inc?") == 1
    assert "did you mean" not in said(".hiden.inc")


def test_a_fault_of_a_library_is_shown(tmp_path):
    (tmp_path / "lib.inc").write_text("* a library\nr2 a 0 12k$\nr3 a 0 1 2 3\n")
    with (
        pytest.warns(DeckWarning, match="of 'r2' is"),
        pytest.raises(CircuitnnError, match=r"lib\.inc:3: .*\n    r3 a 0 1 2 3"),
    ):
        written(".include ../lib.inc").op()


@pytest.mark.parametrize("way", ["include", "lib", "pwl", "table", "array"])
def test_confined(tmp_path, way):
    for folder in ("", "work/", "library/"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "here").write_text(
            {"pwl": "0 0 1 1", "table": "1,1\n1,1"}.get(way, ".lib tt\n.endl\n")
        )
        np.save(tmp_path / folder / "here.npy", np.ones((2, 2)))
    (tmp_path / "work" / "link").symlink_to(tmp_path / "here")
    (tmp_path / "work" / "link.npy").symlink_to(tmp_path / "here.npy")
    more = "r9 in 0 1\nr8 out 0 1\nr7 b 0 1"
    for name, good in (("here", True), ("../library/here", True), ("../here", False), ("link", False)):
        circuit = written(WAYS[way].format(name), more)
        with access.confined(tmp_path / "work", tmp_path / "library"):
            if good:
                circuit.op()
            else:
                with pytest.raises(CircuitnnError, match=r"outside the folders .*--confine"):
                    circuit.op()
        load("deck.cir").op()  # and with nothing said, all of it may be read


def test_the_commands_confine(tmp_path, capsys):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "x.inc").write_text("r2 a 0 1\n")
    written(".include ../lib/x.inc\n.print op v(a)")
    for words in (["run", "deck.cir"], ["check", "deck.cir"], ["-b", "deck.cir"]):
        assert cli.execute(words) == 0
        assert cli.execute([*words, "--confine"]) == 1
        assert "--confine" in capsys.readouterr().err
    assert cli.execute(["run", "deck.cir", "--confine", "--library", "../lib"]) == 0


@pytest.mark.parametrize("way", WAYS)
def test_devices_pipes_and_folders(tmp_path, way):
    os.mkfifo(tmp_path / "pipe")
    os.mkfifo(tmp_path / "pipe.npy")
    names = {"array": ["../pipe", ".."]}.get(way, ["../pipe", "..", "/dev/zero", "/dev/stdin"])
    for name in names:
        thread = threading.Thread(target=failing, args=(WAYS[way].format(name),), daemon=True)
        thread.start()
        thread.join(20.0)
        assert not thread.is_alive(), "it waits"


def failing(card):
    with pytest.raises(CircuitnnError, match=r"cannot read|[Nn]o such file"):
        written(card).op()


def test_large_files_are_asked_for(tmp_path):
    with open(tmp_path / "large", "wb") as file:
        file.truncate(1 << 40)
    with open(tmp_path / "some", "wb") as file:
        file.truncate(300_000_000)
    with pytest.raises(CircuitnnError, match="too large"):
        written(".include ../large").op()
    with budget.limits(memory=budget.resident() + 1e8), pytest.raises(CircuitnnError, match="--max-memory"):
        written(".include ../some").op()


def npy(shape, kind="<f8", left=b""):
    return (
        b"\x93NUMPY\x01\x00"
        + (lambda h: len(h).to_bytes(2, "little") + h)(
            f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
        )
        + left
    )


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\x93NUMPY", b"\x93NUMPY\x09\x09", npy("(100000, 100000)"), npy("(2, 2)", left=b"\0" * 31),
        npy("(2, 2)", "|O", b"\0" * 32), npy("(2, 2)", "<c16", b"\0" * 64), npy("(-2, -2)", left=b"\0" * 32),
        npy("(1" + "," * 9000), npy("(2**9**9, 2)"), npy("__import__('os')"), b"PK\x03\x04" + b"\0" * 60,
    ],
)  # fmt: skip
def test_arrays_that_are_none(content):
    with open("x.npy", "wb") as file:
        file.write(content)
    with pytest.raises(CircuitnnError, match=r"x\.npy does not hold 2 rows of 2 numbers"):
        written(".crossbar x1 rows=2 cols=2 file.g=x.npy left=in bottom=out").op()


def test_a_zip_is_no_array():
    np.savez("x.npz", a=np.ones((2, 2)))
    os.rename("x.npz", "x.npy")
    assert zipfile.is_zipfile("x.npy")
    with pytest.raises(CircuitnnError, match="not an array written by numpy"):
        written(".crossbar x1 rows=2 cols=2 file.g=x.npy left=in bottom=out").op()


@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_are_read_as_numpy_reads_them(order):
    g = np.asarray([[1e-3, 2e-3], [3e-3, 5e-3]], order=order)
    np.save("g.npy", g)
    more = "v3 in0 0 1\nv4 in1 0 0\nr5 out0 0 1e-3\nr6 out1 0 1e-3"
    found = written(".crossbar x1 rows=2 cols=2 file.g=g.npy left=in bottom=out", more).op()
    assert found["v(out1)"] == pytest.approx(2e-6, rel=1e-4)
