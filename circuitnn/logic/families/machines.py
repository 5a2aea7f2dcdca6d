"""State machines and memories."""

from __future__ import annotations

from circuitnn.logic.code_model import CodeModel, PartData, Port, Settings, delay, initial, ins, number, text
from circuitnn.logic.levels import code_of
from circuitnn.machine.text import lines_of

_LEVELS = {"0": 0.0, "0s": 0.0, "1": 1.0, "1s": 1.0, "x": 2.0}
LARGEST = 20  # bits of an address


def _machine(settings: Settings, n_in: int, n_out: int) -> PartData:
    states, rules = _read(text(settings, "state_file#text"), n_in - 2, n_out)
    first = int(number(settings, "reset_state"))
    places = {state: k for k, (state, _, _) in enumerate(states)}
    if first not in places:
        raise ValueError(f"reset_state = {first} is none of its states")
    table: list[float] = []
    for k, (_, outputs, begin) in enumerate(states):
        end = states[k + 1][2] if k + 1 < len(states) else len(rules)
        table += [*outputs, float(begin), float(end)]
    for condition, following in rules:
        if following not in places:
            raise ValueError(f"its file goes on to state {following}, which it does not have")
        table += [*condition, float(places[following])]
    numbers = (
        delay(settings, "clk_delay"),
        delay(settings, "reset_delay"),
        float(places[first]),
        float(len(states)),
    )
    return PartData("machine", numbers, tuple(table))


States = list[tuple[int, list[float], int]]  # number, outputs, first rule
Rules = list[tuple[list[float], int]]  # required level of each input, next state


def _read(content: str, n_in: int, n_out: int) -> tuple[States, Rules]:
    """Read states and rules of a file: ``state outputs inputs -> next``, then lines of ``inputs -> next``."""
    states: States = []
    rules: Rules = []
    for place, line in enumerate(lines_of(content), 1):
        words = line.lower().split()
        if not words or words[0][0] == "*":
            continue
        begins = len(words) == 1 + n_out + n_in + 2
        if not begins and (len(words) != n_in + 2 or not states):
            raise ValueError(
                f"line {place} of its file has {len(words)} words: not a state, nor a rule of one"
            )
        if begins:
            states.append(
                (_state(words[0], place), [code_of(w, place) for w in words[1 : 1 + n_out]], len(rules))
            )
        *condition, arrow, following = words[1 + n_out :] if begins else words
        if arrow != "->" or any(word not in _LEVELS for word in condition):
            raise ValueError(f"line {place} of its file has no inputs of 0, 1, x and then '->'")
        rules.append(([_LEVELS[word] for word in condition], _state(following, place)))
    if not states:
        raise ValueError("its file has no states")
    return states, rules


def _state(word: str, place: int) -> int:
    if not word.isdecimal():
        raise ValueError(f"line {place} of its file names no state")
    return int(word)


def _memory(settings: Settings, n_in: int, n_out: int) -> PartData:
    selects = int(number(settings, "select_width#"))
    bits = n_in - n_out - 1 - selects
    if not 1 <= bits <= LARGEST:
        raise ValueError(f"an address has 1 to {LARGEST} bits, not {bits}")
    selected = number(settings, "select_value")
    numbers = (float(bits), selected, initial(settings), delay(settings, "read_delay"))
    return PartData("store", numbers, memory=(n_out << bits) + 1)


MODELS = (
    CodeModel(
        "d_state",
        "state machine, from a file",
        (Port("in", vector=True), *ins("clk", "reset?"), Port("out", vector=True, out=True)),
        {"state_file": "state.txt", "clk_delay": 1e-9, "reset_delay": 1e-9, "reset_state": 0.0},
        _machine,
        files=("state_file",),
    ),
    CodeModel(
        "d_ram",
        "random-access memory",
        (
            Port("data_in", vector=True),
            Port("data_out", vector=True, out=True),
            Port("address", vector=True),
            *ins("write_en"),
            Port("select", vector=True),
        ),
        {"select_value": 1.0, "ic": 2.0, "read_delay": 100e-9},
        _memory,
    ),
)
