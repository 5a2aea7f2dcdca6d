"""The class of all figures."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

NOTEBOOK_DPI = 96


class Picture(Figure):
    """A figure that notebooks show without pyplot and without ``%matplotlib``.

    Parameters
    ----------
    style : mapping
        Matplotlib's settings for its file.
    **settings : object
        As for `matplotlib.figure.Figure`.
    """

    def __init__(self, style: Any, **settings: Any) -> None:
        super().__init__(**settings)
        self.style = style
        FigureCanvasAgg(self)

    def png(self) -> bytes:
        """Draw it as a notebook shows it.

        Returns
        -------
        bytes
        """
        png = BytesIO()
        with matplotlib.rc_context(self.style):
            self.savefig(png, format="png", dpi=NOTEBOOK_DPI)
        return png.getvalue()

    _repr_png_ = png
