"""Reports: one HTML page that tells what a result says, and opens from disk without a network.

`write` makes the page of a result, of an array's operating point, of a study, or of a file of these.
"""

from circuitnn.report.publish import view, write

__all__ = ["view", "write"]
