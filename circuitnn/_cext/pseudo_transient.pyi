"""A step to a solution that is not near the last one, where no step is short enough for Newton's method."""

class PseudoTransient:
    count: int
    last: float
    def allow(self) -> bool: ...
