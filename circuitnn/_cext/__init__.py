"""The compiled core."""

import os

# Threads that wait for the others of a team spin, unless told otherwise: for milliseconds, on processors that other
# programs need, among them the thread waited for. The runtime is told once, when it is loaded. Other libraries,
# and programs that this one starts, are left alone.
POLICY = "OMP_WAIT_POLICY"
if POLICY not in os.environ and "GOMP_SPINCOUNT" not in os.environ:
    os.environ[POLICY] = "passive"
    try:
        from circuitnn._cext import teams as teams
    finally:
        del os.environ[POLICY]
