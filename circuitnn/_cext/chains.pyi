from circuitnn.solvers.structure import Structure

class Chains:
    n_first: int
    n_second: int
    n_groups: int
    iterations: int
    def __init__(self, structure: Structure) -> None: ...
