"""A clock of the phases of a run: each gets the time that no phase within it takes.

Reading it costs as much as a small device, so that of small circuits only one turn in SAMPLE is timed: a step
of a transient, or a static solution.
"""

cdef enum:
    SAMPLE = 32


cdef class Clock:
    """Clock of one run.

    Parameters
    ----------
    every : bool
        Whether every turn is timed.
    """

    def __init__(self, bint every):
        self.share = 1 if every else SAMPLE

    @property
    def seconds(self):
        """Seconds by phase; where turns were sampled, an estimate."""
        return {
            "load": self.share * self.spent[LOADING],
            "factor": self.share * self.spent[FACTORING],
            "solve": self.share * self.spent[SOLVING],
            "converge": self.share * self.spent[CONVERGING],
            "step": self.share * self.spent[STEPPING],
        }
