"""Simulator options: `table` lists them, `option` says how one is declared."""

from circuitnn.options.option import Option, option, shown, tabled
from circuitnn.options.table import (
    IGNORED,
    MOST_ITERATIONS,
    Options,
    check_option,
    option_of,
    processors,
)

__all__ = [
    "IGNORED",
    "MOST_ITERATIONS",
    "Option",
    "Options",
    "check_option",
    "option",
    "option_of",
    "processors",
    "shown",
    "tabled",
]
