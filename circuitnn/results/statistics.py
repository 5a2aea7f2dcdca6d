"""Cost of a run: counts, times by phase, and notes for the user."""

from __future__ import annotations

from circuitnn.records import dataclass, field


@dataclass
class Statistics:
    """Cost of a run, and notes about it.

    Attributes
    ----------
    unknowns, nonzeros : int
        Size of the system of equations, entries of its Jacobian.
    points, rejected : int
        Accepted points, and rejected time steps.
    iterations, factorisations, refactorisations : int
        Newton iterations; factorisations with fresh pivots, and with old ones.
    seconds : dict of str to float
        Time by phase. [s] ``parse``, ``elaborate``, ``setup``: before the first solution; ``load``: devices and
        sources; ``factor``, ``solve``: linear systems; ``converge``: the rest of Newton's method; ``step``: the rest of
        a transient's time loop, as prediction, errors and events; ``output``; ``total``. ``other`` has none of these.
    linear_solver, homotopy : str
        Names of the linear solver and of the homotopy that was needed (empty if none).
    engine : str
        Name of the engine that solved the problem, see `circuitnn.registry.engines`.
    declined : dict of str to str
        Engines for arrays and linear systems that were tried before, and why each of them declined.
    notes : list of str
        Notes for the user: fall-backs, limits reached. Some are of a class of `circuitnn.results.notes`.
    """

    unknowns: int = 0
    nonzeros: int = 0
    points: int = 0
    rejected: int = 0
    iterations: int = 0
    factorisations: int = 0
    refactorisations: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    linear_solver: str = ""
    homotopy: str = ""
    engine: str = ""
    declined: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def counts(self) -> tuple[tuple[str, int], ...]:
        """Counts with their labels.

        Returns
        -------
        tuple of (label, int)
        """
        return (
            ("Unknowns", self.unknowns),
            ("Non-zeros", self.nonzeros),
            ("Accepted points", self.points),
            ("Rejected points", self.rejected),
            ("Newton iterations", self.iterations),
            ("Factorisations", self.factorisations),
            ("Refactorisations", self.refactorisations),
        )

    def _repr_html_(self) -> str:
        from circuitnn.results import markup

        return markup.of_statistics(self)

    def __str__(self) -> str:
        rows = [(label, f"{count:>14,d}") for label, count in self.counts()]
        rows += [(f"Time, {phase}", f"{spent:>14.6f} s") for phase, spent in self.seconds.items()]
        rows += [("Linear solver", f"{self.linear_solver:>14}")] if self.linear_solver else []
        rows += [("Homotopy", f"{self.homotopy:>14}")] if self.homotopy else []
        width = max(len(label) for label, _ in rows)
        lines = [f"{label:<{width}}  {value}" for label, value in rows]
        lines += [f"Not used: {engine}: {why}" for engine, why in self.declined.items()]
        return "\n".join(lines + [f"Note: {note}" for note in self.notes])
