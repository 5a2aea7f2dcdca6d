"""An attempted step of a transient."""

from circuitnn._cext.method cimport Formula, Rule


cdef struct Attempt:
    # An attempted step.
    const Rule *rule
    Formula formula     # of its last stage
    double h, end       # its length, and where it ends [s]
    bint at_corner      # it ends at a corner, or at tstop
    bint at_change      # it ends where logic changes
    double ratio        # its error, in tolerances
    bint bounded        # … which is a bound of it, not an estimate
    double waves        # … that of waves on lines
    double refused      # what the error of the attempt before asks for, over h**1.5; 0: it is the first
    double fraction     # where in it an event fell that must be located, in units of it; above 1: none did
    int failures        # attempts of this step in which Newton's method has failed
    bint silent         # nothing is to happen where its end is guessed
    bint event          # something happens at its end
    bint kink           # something has happened in it, of which the solution takes no notice at once
