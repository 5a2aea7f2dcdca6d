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
    "cusp": "cusp",
    "bogdanov-takens": "Bogdanov–Takens point",
    "bautin": "Bautin point",
    "zero-hopf": "zero-Hopf point",
    "double hopf": "double Hopf point",
}
PLURALS = {
    "fold": "folds",
    "branch": "branch points",
    "hopf": "Hopf points",
    "cusp": "cusps",
    "bogdanov-takens": "Bogdanov-Takens points",
    "bautin": "Bautin points",
    "zero-hopf": "zero-Hopf points",
    "double hopf": "double Hopf points",
}


@dataclass(frozen=True)
class Onset:
    """How the oscillation of a Hopf point begins.

    Parameters
    ----------
    lyapunov : float
        First Lyapunov coefficient l₁ as Kuznetsov defines it, for a mode of length 1 in the unknowns that store charge,
        in SI units. Below 0 the cycles attract what the other modes let go.
    error : float
        Of `lyapunov`.
    side : int
        1: there are cycles where the varied value is larger than at the point; -1: where it is smaller; 0: undecided.
    swing : mapping of str to complex
        Phasors of all unknowns along these cycles, by the square root of the distance d from the point's value:
        x = x₀ + √d·Re(swing·exp(jωt)). Empty if undecided.
    drift : float
        Derivative of the cycles' frequency by the varied value. [Hz per unit of it]
    """

    lyapunov: float
    error: float
    side: int = 0
    swing: Mapping[str, complex] = field(default_factory=dict)
    drift: float = 0.0

    @property
    def kind(self) -> str:
        """``"supercritical"``, ``"subcritical"``, or ``"undecided"``: the coefficient is 0 within its error."""
        if not abs(self.lyapunov) > self.error:
            return "undecided"
        return "supercritical" if self.lyapunov < 0.0 else "subcritical"


@dataclass(frozen=True)
class Special:
    """A special point of a curve.

    Parameters
    ----------
    kind : str
        ``"fold"``: the curve turns back; ``"branch"``: another one crosses it (pitchfork, transcritical);
        ``"hopf"``: an oscillation begins; of cycles also ``"period doubling"`` and ``"neimark-sacker"``;
        of loci ``"cusp"``, ``"bogdanov-takens"``, ``"bautin"``, ``"zero-hopf"``, ``"double hopf"``.
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
    onset : Onset or None
        How the oscillation of a Hopf point begins; None where the equations have no third derivatives.
    others : mapping of str to float
        Values of what is varied besides, on a locus.
    """

    kind: str
    name: str
    value: float
    state: Mapping[str, float] = field(default_factory=dict)
    eigenvalue: complex = 0.0
    frequency: float = 0.0
    row: int = -1
    onset: Onset | None = None
    others: Mapping[str, float] = field(default_factory=dict)
