"""Logic values: a level and a strength."""

# ngspice's words: levels 0, 1, unknown; strengths strong, resistive, high impedance, undetermined.
WORDS = tuple(level + strength for strength in "srzu" for level in "01U")
CODES = {word.lower(): code for code, word in enumerate(WORDS)}
