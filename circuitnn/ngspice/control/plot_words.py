"""Words of ``plot`` and ``hardcopy`` that say how a picture looks: ``title 'two words' ylog xlimit 0 1m``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn.errors import AnalysisError
from circuitnn.ngspice.control.words import number
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WORD = re.compile(r"\"[^\"]*\"|'[^']*'|\S+")
# Words followed by numbers or texts: how many.
_TAKING = {
    "xlimit": 2,
    "xl": 2,
    "ylimit": 2,
    "yl": 2,
    "xdelta": 1,
    "ydelta": 1,
    "xlabel": 1,
    "ylabel": 1,
    "title": 1,
}
_LOGARITHMIC = {"xlog": "x", "ylog": "y", "loglog": "xy"}
# Cosmetics of ngspice's window.
_WINDOW = frozenset(
    "lingrid nogrid linplot pointplot combplot samep xcompress nointerp kicad plainplot sgraphid "
    "digitop".split()
)
_WITHOUT_EFFECT = frozenset("ylimit yl xdelta ydelta polar smith smithgrid retraceplot".split())


@dataclass(frozen=True)
class Looks:
    """How a picture is to look.

    Parameters
    ----------
    title, xlabel, ylabel : str
        Empty for the usual one.
    limits : (float, float) or None
        Of the horizontal axis, in its unit.
    logarithmic : str
        Axes, of ``xy``.
    ignored : tuple of str
        Words without effect.
    """

    title: str = ""
    xlabel: str = ""
    ylabel: str = ""
    limits: tuple[float, float] | None = None
    logarithmic: str = ""
    ignored: tuple[str, ...] = ()

    def apply(self, figure: Figure) -> None:
        """Put labels and scales on a picture."""
        for axes in figure.axes:
            if "x" in self.logarithmic:
                axes.set_xscale("log", nonpositive="mask")
            if "y" in self.logarithmic:
                axes.set_yscale("log", nonpositive="mask")
            if self.ylabel:
                axes.set_ylabel(self.ylabel)
        if self.xlabel and figure.axes:
            figure.axes[-1].set_xlabel(self.xlabel)


def parted(text: str) -> tuple[str, Looks]:
    """Part what is to be drawn, ``v(a) vs v(b)``, from how.

    Parameters
    ----------
    text : str
        All words of the command but its name and file.

    Raises
    ------
    AnalysisError
        A word lacks what it takes.
    """
    words, kept, ignored = _WORD.findall(text), [], []
    texts: dict[str, str] = {}
    limits, logarithmic = None, ""
    while words:
        word = words.pop(0)
        key = word.lower()
        count = _TAKING.get(key, 0)
        taken, words = words[:count], words[count:]
        if len(taken) < count:
            raise AnalysisError(f"'{key}' takes {count} {'numbers' if count > 1 else 'word'}")
        if key in _WITHOUT_EFFECT:
            ignored.append(key)
        elif key in ("xlimit", "xl"):
            limits = number(taken[0]), number(taken[1])
        elif count:
            texts[key] = taken[0].strip("\"'")
        elif key in _LOGARITHMIC:
            logarithmic += _LOGARITHMIC[key]
        elif key not in _WINDOW:
            kept.append(word)
    return " ".join(kept), Looks(**texts, limits=limits, logarithmic=logarithmic, ignored=tuple(ignored))
