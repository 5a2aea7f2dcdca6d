"""Declaration of an option: default, range, synonyms, meaning; and what is derived from it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from numbers import Integral
from typing import Any, TypeVar

from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.units import number_of

T = TypeVar("T")


class Option:
    """One option.

    Parameters
    ----------
    default : float, int, bool or str
        Default value, whose type is the type of the option.
    meaning : str
    unit : str
    low, high : float, optional
        Least and greatest value.
    above : float, optional
        Exclusive lower bound.
    words : mapping of str to str
        For an option that is a word: allowed spelling → value.
    bare : float, optional
        Value if the card gives none.
    inverse : str
        Name of an option that gives the reciprocal.
    synonyms : tuple of str
    at : {"run", "read"}
        When it acts: in an analysis, or while the deck is read.
    origin : str
        The simulator that it comes from.
    """

    name = ""

    def __init__(
        self,
        default: Any,
        meaning: str,
        unit: str = "",
        *,
        low: float | None = None,
        high: float | None = None,
        above: float | None = None,
        words: Mapping[str, str] | None = None,
        bare: float | None = None,
        inverse: str = "",
        synonyms: tuple[str, ...] = (),
        at: str = "run",
        origin: str = "SPICE3",
    ) -> None:
        self.default, self.meaning, self.unit = default, meaning, unit
        self.low, self.high, self.above = low, high, above
        self.words, self.bare, self.inverse, self.synonyms = words or {}, bare, inverse, synonyms
        self.is_word = words is not None
        self.at, self.origin = at, origin

    @property
    def names(self) -> tuple[str, ...]:
        """All names that set it."""
        return (self.name, *self.synonyms, *([self.inverse] if self.inverse else []))

    @property
    def range(self) -> str:
        """The values it takes, in words; empty if it takes all values of its type."""
        if self.words:
            return _listed(list(dict.fromkeys(self.words.values())))
        if self.above is not None:
            return "positive" if self.above == 0.0 else f"above absolute zero, {self.above:g} {self.unit}"
        if self.low is None:
            return ""
        return "not negative" if self.high is None else f"{self.low} to {self.high}"

    def check(self, value: Any) -> None:
        """Refuse a value that is out of range.

        Parameters
        ----------
        value : float, int, bool or str
            A value of the option's type.

        Raises
        ------
        AnalysisError
            If the value is out of range.
        """
        if self.is_word:
            good = self.words.get(value) == value or value in self.words.values()
        else:
            good = (self.above is None or value > self.above) and (self.low is None or value >= self.low)
            good = good and (self.high is None or value <= self.high)
        if not good:
            wanted = "not be negative" if self.range == "not negative" else f"be {self.range}"
            shown = value if self.words else f"{value:g} {self.unit if self.above else ''}".rstrip()
            raise AnalysisError(f"option {self.name} = {shown}: must {wanted}")

    def read(self, name: str, value: object) -> object:
        """Convert a value from a card or a keyword to the option's type.

        Parameters
        ----------
        name : str
            The name that was used: the option's own, a synonym or `inverse`.
        value : float, bool or str
            The value given; True if the card has none.

        Returns
        -------
        float, int, bool or str

        Raises
        ------
        AnalysisError
            If the value is of the wrong type.
        """
        if value is True and self.bare is not None:
            value = self.bare
        if name == self.inverse:
            number = number_of(value, f"option {name}")
            if not number > 0.0:
                raise AnalysisError(f"option {name} = {value}: must be positive")
            return number_of(1.0 / number, f"option {self.name}")
        kind = type(self.default)
        if value is True and kind in (int, float):
            raise AnalysisError(f"option {self.name} has no value: a finite number is needed")
        value = plain(self.name, value, kind is str)
        if kind is str:
            return self.words.get(str(value), str(value))
        if kind is int and isinstance(value, int):
            return int(value)
        number = number_of(value, f"option {self.name}")
        if kind is int and number != round(number):
            message = f"option {self.name} = {number:g} is taken as {int(number)}: it must be a whole number"
            warnings.warn(message, DeckWarning, stacklevel=2)
        return kind(number)


def _listed(words: list[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


def shown(value: Any) -> str:
    """Format a value as text.

    Parameters
    ----------
    value : float, int, bool or str

    Returns
    -------
    str
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    return value if isinstance(value, str) else f"{value:g}"


def option(default: T, meaning: str, unit: str = "", **more: Any) -> T:
    """Declare an option as a field of `Options`.

    Parameters
    ----------
    default, meaning, unit, **more
        Parameters of `Option`.

    Returns
    -------
    Option
        Its declared type is that of `default`, the type of the field.
    """
    return Option(default, meaning, unit, **more)  # type: ignore[return-value]


def tabled(cls: type[T]) -> type[T]:
    """Move the options declared in a class to its `table`, leaving the defaults, and extend its docstring.

    Parameters
    ----------
    cls : type
        With fields made by `option`.

    Returns
    -------
    type
        The same class.
    """
    table = dict(getattr(cls, "table", {}))
    for name, row in list(vars(cls).items()):
        if isinstance(row, Option):
            row.name, table[name] = name, row
            setattr(cls, name, row.default)
    cls.table = table  # type: ignore[attr-defined]
    kinds = {float: "float", int: "int", bool: "bool"}
    rows = []
    for row in table.values():
        kind = (
            kinds.get(type(row.default))
            or "{" + ", ".join(f'"{w}"' for w in sorted({*row.words.values()})) + "}"
        )
        unit = f" [{row.unit}]" if row.unit else ""
        rows.append(f"    {row.name} : {kind}\n        {row.meaning}.{unit} Default: {shown(row.default)}.")
    cls.__doc__ = "\n".join([cls.__doc__ or "", "", "    Parameters", "    ----------", *rows, "    "])
    return cls


def plain(name: str, value: object, word: bool) -> float | int | str | bool:
    """Convert the value given for an option to a word, a truth value or a number; a whole one stays whole.

    Parameters
    ----------
    name : str
    value : object
        Any real number, bool or text.
    word : bool
        Whether text stays text; else it must be a number.

    Returns
    -------
    float, int, str or bool

    Raises
    ------
    AnalysisError
        If the value is none of these.
    """
    if isinstance(value, str) and word:
        return value
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    if isinstance(value, Integral) or (isinstance(value, str) and value.isdecimal()):
        return int(value)  # a seed may have more digits than a float
    return number_of(value, f"option {name}")
