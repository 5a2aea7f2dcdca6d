"""What was computed when the disk is full or a file too large stays, readable, beside the earlier file.

The limit on the size of files (``ulimit -f``) stands for the disk. Oracle: the rows of a run without it.
"""

import resource
import subprocess
import sys

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.results import rawfile

TRAN = "v1 a 0 sin(0 1 1k)\nr1 a b {p*1k}\nc1 b 0 10n\n.param p=1\n.tran 1u 9m 0 1u\n"
DECKS = {
    "one": f"t\n{TRAN}",
    "two": f"t\n{TRAN}.op\n",
    "steps": f"t\n{TRAN}.step param p list 1 2 3 4 5 6\n",
}
LIMIT = 200_000  # bytes
PLAIN = "import sys; from circuitnn import cli; sys.exit(cli.execute(sys.argv[1:]))"
# As a long run, whose rows lie in a file from the beginning.
LONG = f"from circuitnn.simulation import rows; rows.IN_MEMORY = 0; {PLAIN}"


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
    assert kept and kept[0].stem == "out.partial", done.stderr
    assert "File too large" in done.stderr and "out.partial" in done.stderr + done.stdout
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
