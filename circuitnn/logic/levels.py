"""Logic values: a level and a strength."""

# ngspice's words: levels 0, 1, unknown; strengths strong, resistive, high impedance, undetermined.
WORDS = tuple(level + strength for strength in "srzu" for level in "01U")
CODES = {word.lower(): code for code, word in enumerate(WORDS)}


def code_of(word: str, line: int) -> float:
    """Code of a word on a line of a file.

    Raises
    ------
    ValueError
        It is not a logic value.
    """
    if word not in CODES:
        raise ValueError(f"line {line} of its file has a word that is not a value, as 0s, 1r, Uz are")
    return float(CODES[word])
