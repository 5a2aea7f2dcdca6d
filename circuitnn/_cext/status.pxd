# Status codes of the compiled core: 0 success, > 0 retry with a smaller step, < 0 give up.
cdef enum Status:
    OK = 0
    NOT_CONVERGED = 1
    NOT_FINITE = 2
    MORE = 3            # transient: the output chunk is full, call again
    SINGULAR = -1
    NO_MEMORY = -3
    STEP_TOO_SMALL = -4
    CHATTER = -5
    INTERRUPTED = -6    # by Ctrl-C, or by another signal whose handler raised an exception
