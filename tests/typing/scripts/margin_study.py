"""Read margin against size, and a study of one's own."""

from circuitnn import Crossbar
from circuitnn.crossbar import Access, CrossbarResult
from circuitnn.studies import Grid, study
from circuitnn.studies.questions.margin import margin

answer = margin(size=[2, 4, 8], nonlinearity=[2, 100])
print(answer.summary, answer.data["margin"])
answer.plot("margin.png")


def build(size: int, ron: float) -> CrossbarResult:
    array = Crossbar(size, size, 1 / ron, wordline_resistance=1, bitline_resistance=1)
    return array.op(Access(0, size - 1, 0.2, "floating"))


found = study(
    build,
    Grid(size=[4, 8], ron=[9e3, 1e4, 1.1e4]),
    {"i": lambda r: r.selected_current, "drop": lambda r: r.ir_drop.max()},
)
print(found["i"].mean("ron"))
