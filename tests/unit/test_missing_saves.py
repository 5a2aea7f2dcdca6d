"""Names on ``.save`` that the circuit does not have are told of; those of other analyses are not."""

import warnings

import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError, DeckWarning, NetlistError

DECK = """divider
v1 a 0 dc 1 ac 1
r1 a b 1k
c1 b 0 1n
d1 b 0 dm
x1 b part
.model dm d
.subckt part q
r5 q 0 1k
.ends
"""
ANALYSES = (".op", ".tran 1n 10n", ".dc v1 0 1 1")


def run(*cards):
    return Circuit.from_text(DECK + "\n".join(cards) + "\n").run()


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize(
    ("saved", "said"),
    [
        ("v(b) @r1[foo]", r"no '.save @r1\[foo\]': r1, a resistor, has no value foo"),
        ("all @r1[foo]", r"no '.save @r1\[foo\]'"),
        ("v(b) @zz[i]", "there is no device zz"),
        ("v(b) @r.x1.r6[i]", r"there is no device r.x1.r6 \(did you mean r.x1.r5\?\)"),
        ("v(b) v(bb)", r"no '.save v\(bb\)'"),
        ("v(b) i(r2)", r"no '.save i\(r2\)'"),
    ],
)
def test_a_missing_name_is_told(analysis, saved, said):
    with pytest.warns(DeckWarning, match=said):
        (result,) = run(f".save {saved}", analysis)
    assert "v(b)" in result.names


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize(
    "saved",
    [
        "v(b) i(v1)",
        "all @r1[i]",
        "@d1[id] @d1[is] @r1[resistance]",
        "v(a,b) v(a)-v(b) i(d1)",
        "@r.x1.r5[i] v(0) v(gnd)",
    ],
)
def test_what_there_is_is_not_told(analysis, saved):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(f".save {saved}", analysis)


def test_names_of_another_analysis_are_not_told():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = run(".save v(b) onoise_spectrum", ".tran 1n 10n", ".noise v(b) v1 dec 1 1 10")
    assert "onoise_spectrum" in results[1].names


def test_noise_from_0_hz_is_refused_where_it_stands():
    with pytest.raises(NetlistError, match=r":11: the noise of 0 Hz is not defined"):
        run(".noise v(b) v1 lin 10 0 1k")
    with pytest.raises(AnalysisError, match="the noise of 0 Hz is not defined"):
        Circuit.from_text(DECK).noise("b", "v1", 0, 1e3, 10, "lin")
