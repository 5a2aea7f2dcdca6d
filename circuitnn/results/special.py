"""Special points of curves of operating points and of cycles: folds, branch points, Hopf points."""

from __future__ import annotations

from collections.abc import Mapping

from circuitnn.records import dataclass, field

LABELS = {
    "fold": "fold",
    "branch": "branch point",
    "hopf": "Hopf point",
    "period doubling": "period doubling",
    "neimark-sacker": "Neimark–Sacker point",
}
PLURALS = {"fold": "folds", "branch": "branch points", "hopf": "Hopf points"}


@dataclass(frozen=True)
class Special:
    """A special point of a curve.

    Parameters
    ----------
    kind : str
        ``"fold"``: the curve turns back; ``"branch"``: another one crosses it (pitchfork, transcritical);
        ``"hopf"``: an oscillation begins; of cycles also ``"period doubling"`` and ``"neimark-sacker"``.
    name : str
        What is varied along the curve: a source, an element, a parameter, ``temp``.
    value : float
        Its value at the point. [unit of what is varied]
    state : mapping of str to float
        All unknowns there: ``v(a)``, ``i(v1)``, ``@n1[x]``.
    eigenvalue : complex
        The mode that stops decaying, or 0 if the circuit stores no charge. [1/s]
    frequency : float
        Of the oscillation that begins at a Hopf point, else 0. [Hz]
    row : int
        Its row in the result.
    """

    kind: str
    name: str
    value: float
    state: Mapping[str, float] = field(default_factory=dict)
    eigenvalue: complex = 0.0
    frequency: float = 0.0
    row: int = -1
