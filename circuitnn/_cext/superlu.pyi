from circuitnn._cext.linear import LinearSolver

class SuperLU(LinearSolver):
    interrupted: bool
