"""Names, words, flags and arrays as users give them in Python; `circuitnn.units` has the numbers."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.text import lines_of, lowered

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_SEVERAL = re.compile(r"[\s,(){}='\";]|//|^\$")  # ;, // and $ begin comments


def name_of(value: object, what: str) -> str:
    """Convert a name to lower case.

    Parameters
    ----------
    value : str
    what : str
        What it is, for the message.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        If it is not text.
    """
    if not isinstance(value, str):
        raise AnalysisError(f"{what} = {value!r}: a name in quotes is needed")
    return lowered(value)


def line_of(value: object, what: str) -> str:
    """Check a text of one line.

    Parameters
    ----------
    value : str
    what : str
        What it is, for the message.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        If it is something else, or has several lines.
    """
    if not isinstance(value, str) or len(lines_of(value)) > 1:
        raise AnalysisError(f"{what} = {value!r:.60}: a text of one line is needed")
    return value


def node_of(value: object, what: str) -> str:
    """Convert the name of a node, or another name on a card, to text; integers are names, too.

    Parameters
    ----------
    value : str or int
        0 is ground.
    what : str
        What it is, for the message.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        If it is something else, as the number 1.5, or more than one word.
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(int(value))
    if not isinstance(value, str):
        raise AnalysisError(f"{what} = {value!r}: a name is needed, as 'out' or 0")
    if not value or _SEVERAL.search(value):
        raise AnalysisError(
            f"{what} = {value!r}: a name is one word without brackets, quotes, commas, = or comments"
        )
    return value


def path_of(value: object, what: str = "path") -> str:
    """Check the path of a file.

    Parameters
    ----------
    value : str or os.PathLike
    what : str
        What it is, for the message.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        If it is something else, or empty.
    """
    path = os.fspath(value) if isinstance(value, str | os.PathLike) else b""
    if not isinstance(path, str) or not path:
        raise AnalysisError(f"{what} = {value!r:.60}: the path of a file is needed")
    return path


def word_of(value: object, what: str, words: Sequence[str]) -> str:
    """Convert one of several words to lower case.

    Parameters
    ----------
    value : str
    what : str
        What it is, for the message.
    words : sequence of str
        Those that are known.

    Returns
    -------
    str

    Raises
    ------
    AnalysisError
        If it is none of them.
    """
    word = lowered(value) if isinstance(value, str) else ""
    if word not in words:
        near = nearest(word, words)
        raise AnalysisError(f"{what} = {value!r}: must be one of {', '.join(words)}{near}")
    return word


def flag_of(value: object, what: str) -> bool:
    """Convert a flag: True, False, or a number that equals one of them.

    Parameters
    ----------
    value : bool
    what : str
        What it is, for the message.

    Returns
    -------
    bool

    Raises
    ------
    AnalysisError
        If it is something else, as the text ``"no"``, which Python takes for true.
    """
    if isinstance(value, str | bytes) or not (value is True or value is False or _bit(value)):
        raise AnalysisError(f"{what} = {value!r}: must be True or False")
    return bool(value)


def _bit(value: Any) -> bool:
    try:
        return float(value) in (0.0, 1.0)
    except (TypeError, ValueError, OverflowError):
        return False


def mapping_of(value: object, what: str, form: str) -> Mapping[Any, Any]:
    """Check a mapping.

    Parameters
    ----------
    value : mapping
    what : str
        What it is, for the message.
    form : str
        An example.

    Returns
    -------
    mapping

    Raises
    ------
    AnalysisError
        If it is something else.
    """
    if not isinstance(value, Mapping):
        raise AnalysisError(f"{what} = {value!r}: must be a mapping, as {form}")
    return value


def pairs_of(value: object, what: str, form: str) -> list[tuple[str, Any]]:
    """Names in lower case, and what belongs to each.

    Parameters
    ----------
    value : mapping of str to object
    what : str
        What it is, for the message.
    form : str
        An example.

    Returns
    -------
    list of (str, object)

    Raises
    ------
    AnalysisError
        If it is not a mapping, or a key is not text.
    """
    return [(name_of(key, what), item) for key, item in mapping_of(value, what, form).items()]


def real(values: ArrayLike, what: str) -> np.ndarray:
    """Values as an array of floats, masked ones NaN; complex numbers, text and the like are an error.

    Parameters
    ----------
    what : str
        What they are, for the message.
    """
    try:
        if isinstance(values, np.ma.MaskedArray):
            values = np.ma.filled(values.astype(float), np.nan)
        array = np.asarray(values)
        if np.iscomplexobj(array):
            raise AnalysisError(f"{what}: real numbers are needed, got complex ones")
        if array.dtype == object and any(one is None for one in array.ravel()):  # NumPy takes it for NaN
            raise TypeError
        return np.asarray(array, dtype=float)
    except (TypeError, ValueError, OverflowError):
        raise AnalysisError(f"{what}: numbers are needed, got {type(values).__name__}") from None
