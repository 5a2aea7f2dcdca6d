"""Every argument of every study, given as something it cannot be: an error that names it; numbers as texts are read."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

import pytest

from circuitnn.errors import AnalysisError
from circuitnn.registry.studies import STUDIES
from circuitnn.studies.arguments import READERS, read_arguments
from circuitnn.studies.questions.margin import margin

ARGUMENTS = [
    (study, p.name, str(p.annotation))
    for study in STUDIES
    for p in inspect.signature(STUDIES[study].ask).parameters.values()
    if str(p.annotation) in READERS and p.kind is p.KEYWORD_ONLY
]
WRONG = {"float": "many", "int": 2.5, "bool": "no", "str": 3.0}


@pytest.mark.parametrize(("study", "name", "kind"), ARGUMENTS)
def test_what_an_argument_cannot_be_is_an_error_that_names_it(study, name, kind):
    ask = STUDIES[study].ask
    needed = [p for p in inspect.signature(ask).parameters.values() if p.default is p.empty]
    several = kind.startswith("Sequence")
    wrong = WRONG[kind.removeprefix("Sequence[").removesuffix("]")]
    with pytest.raises(AnalysisError, match=f"^{name} = "):
        ask(*("nothing" for _ in needed), **{name: [wrong] if several else wrong})


def test_numbers_as_texts_and_one_value_for_several():
    one = margin(4, lrs="10k", ratio="100", voltage=1)
    other = margin((4,), lrs=1e4, ratio=(100.0,), voltage=1.0)
    assert one.rows == other.rows
    assert one.data.attrs["lrs"] == 1e4


def test_infinity_is_for_the_study_to_judge():
    @read_arguments
    def ask(x: float, several: Sequence[float] = ()) -> object:
        return x, several

    assert ask(float("inf"), [1, "2k"]) == (float("inf"), (1.0, 2000.0))
    with pytest.raises(TypeError, match="unexpected"):
        ask(1.0, more=2)
