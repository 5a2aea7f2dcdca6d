"""Files of XSPICE's transfer functions by tables, against ngspice's own."""

import numpy as np
import pytest

from circuitnn.circuit.circuit import Circuit
from circuitnn.errors import DeckWarning, NetlistError
from validation.cases import both
from validation.ngspice import available

needs_ngspice = pytest.mark.skipif(not available(), reason="ngspice is not installed")
ROWS = "100 1 30\n200 2 60 ! a note\n\n300 4 90\n"
WIDE = "100 1 30 5 6 7 8 9 10\n200 2 60 4 5 6 7 8 9\n300 4 90 3 4 5 6 7 8\n"


def deck(folder, content, card=""):
    (folder / "rows.txt").write_text(content)
    return f"""transfer
v1 a 0 0.5 ac 1
a1 a o m
ro o 0 1k
.model m xfer(file="{folder}/rows.txt" {card})
.ac lin 9 50 450
.end
"""


@needs_ngspice
@pytest.mark.parametrize(
    ("content", "card"),
    [
        (f"# Hz S MA R 50\n{ROWS}", ""),
        (f"! first\n# Hz S DB R 50\n{ROWS}", ""),
        (f"# hz S RI R 50\n{ROWS}", ""),
        (f"# Hz S MA R 50\n{ROWS}", "db=true"),
        (f"# Hz S MA R 50\n{ROWS}", "rad=true"),
        (f"# Hz S RI R 50\n{ROWS}", "r_i=false"),
        (f"#\n{ROWS}", ""),
        (f"# Hz S MA R 50\n{WIDE}", "span=9 offset=1"),
        (f"# Hz S RI R 50\n{WIDE}", "span=9 offset=5"),
    ],
    ids="size decibels parts as_decibels radians as_size none wide later".split(),  # in names of folders
)
def test_files(content, card, tmp_path):
    """The options of the file say what its rows are, those of the card go over them."""
    ours, theirs = both(deck(tmp_path, content, card), tmp_path)
    np.testing.assert_allclose(ours.array("v(o)"), theirs.array("v(o)"), rtol=1e-6, atol=1e-9)
    assert np.ptp(np.abs(theirs.array("v(o)"))) > 0.1


def test_units(tmp_path):
    """Where ngspice takes kilohertz for hertz."""
    text = deck(tmp_path, "# kHz S RI R 50\n0.1 1 2\n0.3 3 4\n")
    with pytest.warns(DeckWarning, match="count in the unit of its options; ngspice takes them in Hz"):
        (found,) = Circuit.from_text(text).run()
    at = np.real(found["frequency"])
    expected = np.interp(at, [100, 300], [1, 3]) + 1j * np.interp(at, [100, 300], [2, 4])
    np.testing.assert_allclose(found["v(o)"], expected, rtol=1e-9)


@pytest.mark.parametrize(
    ("content", "card", "message"),
    [
        (ROWS, "", "has no line of options, as '# Hz S MA R 50'"),
        ("# Hz S MA R 50\n", "", "has no rows of 3 numbers"),
        (f"# Hz S MA R 50\n{WIDE}", "span=4", "has no rows of 4 numbers"),
        ("# Hz S MA R 50\nsecret 1 2\n", "", "rows.txt:2: a word that is not a number"),
        ("# Hz S MA R 50\n300 1 2\n200 1 2\n", "", "must increase"),
    ],
)
def test_faulty_files(content, card, message, tmp_path):
    with pytest.raises(NetlistError, match=message) as caught:
        Circuit.from_text(deck(tmp_path, content, card)).op()
    assert "secret" not in str(caught.value)
