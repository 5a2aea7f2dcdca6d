"""The class of all figures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter, FuncFormatter

NOTEBOOK_DPI = 96


class Picture(Figure):
    """A figure that notebooks show without pyplot and ``%matplotlib``, and that draws texts literally.

    Titles and names may have any characters: a pair of ``$`` is not a formula.

    Parameters
    ----------
    style : mapping
        Matplotlib's settings for its file.
    **settings : object
        As for `matplotlib.figure.Figure`.
    """

    ours = True  # and not a figure of the user's, with other axes in it

    def __init__(self, style: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.style = style
        FigureCanvasAgg(self)

    def draw(self, renderer: Any) -> None:
        """Draw the figure; only matplotlib's own tick labels may be formulas."""
        for text in self.findobj(Text):
            if isinstance(text, Text) and "$" in text.get_text() and "\\mathdefault" not in text.get_text():
                text.set_parse_math(False)
        for axis in [axis for axes in self.axes for axis in (axes.xaxis, axes.yaxis)]:
            if isinstance(axis.get_major_formatter(), (FixedFormatter, FuncFormatter)):  # names
                for tick in axis.get_major_ticks():
                    tick.label1.set_parse_math(False)
        super().draw(renderer)

    def png(self) -> bytes:
        """Draw the figure as a notebook shows it.

        Returns
        -------
        bytes
        """
        png = BytesIO()
        with matplotlib.rc_context(self.style):
            self.savefig(png, format="png", dpi=NOTEBOOK_DPI)
        return png.getvalue()

    _repr_png_ = png
