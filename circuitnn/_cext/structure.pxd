cdef enum:
    # States of unknowns.
    FREE = 0
    PINNED = 1
    BRANCH = 2
    FOLDED = 3
    LEAF = 4
    BORDER = 5
    INSIDE = 6      # folded, between three lines
    # Added by each unknown of the border to the neighbour count of its neighbours.
    BRANCHED = 1000
