"""What was computed when the disk is full or a file too large stays, readable, beside the earlier file.

The limit on the size of files (``ulimit -f``) stands for the disk. Oracle: the rows of a run without it.
"""

import resource
import subprocess
import sys

import numpy as np
import pytest
import xarray

from circuitnn import Circuit
from circuitnn.results import rawfile

TRAN = "v1 a 0 sin(0 1 1k)\nr1 a b {p*1k}\nc1 b 0 10n\n.param p=1\n.tran 1u 9m 0 1u\n"
DECKS = {
    "one": f"t\n{TRAN}",
    "two": f"t\n{TRAN}.op\n",
    "steps": f"t\n{TRAN}.step param p list 1 2 3 4 5 6\n",
}
LIMIT = 200_000  # bytes
STEMS = ("out.partial", "out_2.partial", "out_op.partial", "out_tran.partial")
PLAIN = "import sys; from circuitnn import cli; sys.exit(cli.execute(sys.argv[1:]))"
# As a long run, whose rows lie in a file from the beginning.
LONG = f"from circuitnn.recording import rows; rows.IN_MEMORY = 0; {PLAIN}"


def limited(script, *words, folder):
    """Run a command under the limit."""
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT, LIMIT)),
    )


def rows_of(path):
    """Rows of all plots of a rawfile or table."""
    if path.suffix == ".csv":
        return [np.loadtxt(path, delimiter=",", skiprows=1)]
    if path.suffix == ".nc":
        with xarray.open_dataset(path) as found:
            columns = [found[name].values for name in [*found.coords, *found]]
            return [np.column_stack(columns)]
    return [np.asarray(result.data) for result in rawfile.read(path)]


@pytest.mark.thinned(3)
@pytest.mark.parametrize("script", [PLAIN, LONG], ids=["short", "long"])
@pytest.mark.parametrize(
    ("deck", "command"),
    [
        ("one", ("run", "d.cir", "-o", "out.raw")),
        ("one", ("run", "d.cir", "-o", "out.raw", "--format", "ascii")),
        ("one", ("run", "d.cir", "-o", "out.csv")),
        ("two", ("run", "d.cir", "-o", "out.raw")),
        ("steps", ("run", "d.cir", "-o", "out.raw")),
        ("two", ("-b", "d.cir", "-r", "out.raw")),
        ("one", ("run", "d.cir", "-o", "out.nc")),
        ("two", ("run", "d.cir", "-o", "out.nc")),
    ],
    ids=" ".join,
)
def test_what_was_computed_stays_and_is_named(tmp_path, deck, command, script):
    (tmp_path / "d.cir").write_text(DECKS[deck])
    earlier = tmp_path / next(word for word in command if word.startswith("out"))
    earlier.write_text("earlier")
    done = limited(script, *command, folder=tmp_path)
    assert done.returncode == 1
    assert earlier.read_text() == "earlier"
    kept = sorted(path for path in tmp_path.iterdir() if ".partial." in path.name)
    assert kept and all(path.stem in STEMS for path in kept), done.stderr
    assert "File too large" in done.stderr and all(path.name in done.stderr for path in kept)
    if (deck, script) == ("two", LONG) and "out.nc" not in command:  # a small plot beside the file that grew
        assert sorted(path.name for path in kept) == ["out.partial.raw", "out_2.partial.raw"]
    found = [one for path in kept for one in rows_of(path)]
    wanted = [np.asarray(result.data) for result in Circuit.from_text(DECKS[deck]).run()]
    assert sum(map(len, found)) > 0.2 * LIMIT / 80
    for one in found:
        assert any(
            one.shape[1] == whole.shape[1]
            and len(one) <= len(whole)
            and np.allclose(one, whole[: len(one)], rtol=1e-12)
            for whole in wanted
        )


def test_an_interrupted_study_does_not_replace_a_complete_one(tmp_path, monkeypatch):
    """Its table is that of a partial one; the earlier one stays."""
    from circuitnn import cli
    from circuitnn.studies.sampling import Sampling

    monkeypatch.chdir(tmp_path)
    (tmp_path / "d.cir").write_text(
        "t\nv1 a 0 {agauss(1,0.1,1)}\nr1 a 0 1k\n.tran 1u 9u\n.meas tran m max v(a)\n"
    )
    assert cli.execute(["run", "d.cir", "--samples", "5", "-o", "out.csv", "-q"]) == 0
    complete = (tmp_path / "out.csv").read_text()
    run = Sampling.run

    def interrupted(sampling, *given, **more):
        run(sampling, *given, **more)
        sampling.outcomes[2:] = [None] * 3

    monkeypatch.setattr(Sampling, "run", interrupted)
    assert cli.execute(["run", "d.cir", "--samples", "5", "-o", "out.csv", "-q"]) == 130
    assert (tmp_path / "out.csv").read_text() == complete
    assert len((tmp_path / "out.partial.csv").read_text().splitlines()) == 3


STUDY = ("study", "mvm", "--size", "4..64", "--line-resistance", "1..10/20", "--chips", "1", "-q")


@pytest.mark.long
@pytest.mark.parametrize("form", ["csv", "nc"])
def test_samples_stay_and_go_on(tmp_path, form):
    deck = "t\nv1 a 0 {agauss(1,0.1,1)}\nr1 a b 1k\nc1 b 0 1n\n.tran 1u 9u\n.meas tran m max v(b)\n"
    (tmp_path / "d.cir").write_text(deck)
    (tmp_path / f"out.{form}").write_text("earlier")
    words = ("run", "d.cir", "--samples", "40" if form == "nc" else "3000", "-o", f"out.{form}", "-q")
    done = limited(PLAIN, *words, folder=tmp_path)
    (record,) = tmp_path.glob("*.jsonl")
    assert done.returncode == 1 and (tmp_path / f"out.{form}").read_text() == "earlier"
    assert f"{record.name}: File too large" in done.stderr and "--resume goes on from" in done.stderr
    assert record.read_bytes().count(b"\n") > 3
    again = subprocess.run(
        [sys.executable, "-c", PLAIN, *words, "--resume"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (again.returncode, again.stderr) == (0, "")
    assert (tmp_path / f"out.{form}").stat().st_size > 10_000


@pytest.mark.long
def test_files_of_a_study(tmp_path):
    """One that cannot be written is named; the record keeps the points, and the earlier file stays."""
    (tmp_path / "out.nc").write_text("earlier")
    script = PLAIN.replace("import sys;", "import sys, resource; resource.setrlimit(1, (4000, 4000));")
    assert resource.RLIMIT_FSIZE == 1
    words = [sys.executable, "-c", script, *STUDY, "-o", "out.nc", "--record", "rec"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1 and "out.nc: File too large" in done.stderr, done.stderr
    assert (tmp_path / "out.nc").read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.nc", "rec"]
    again = subprocess.run([*words[:2], PLAIN, *words[3:]], cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 0
    with xarray.open_dataset(tmp_path / "out.nc") as found:
        assert found.attrs["points computed"] == 0
