"""Simulator options: `table` lists them, `option` declares them."""

from circuitnn.options.option import Option, option, shown, tabled
from circuitnn.options.table import (
    IGNORED,
    MOST_ITERATIONS,
    OURS,
    Options,
    check_option,
    option_of,
    processors,
)

__all__ = [
    "IGNORED",
    "MOST_ITERATIONS",
    "OURS",
    "Option",
    "Options",
    "check_option",
    "option",
    "option_of",
    "processors",
    "shown",
    "tabled",
]
