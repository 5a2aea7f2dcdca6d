"""The benchmark's runner: cases are measured in turn with their peers, compared with a reference, and reported."""
