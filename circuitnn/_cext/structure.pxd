cdef enum:
    # States of unknowns.
    FREE = 0
    PINNED = 1
    BRANCH = 2
    FOLDED = 3
    LEAF = 4
    BORDER = 5
    INSIDE = 6      # folded, between three lines
    # What each unknown of the border adds to its neighbours' count.
    BRANCHED = 1000
