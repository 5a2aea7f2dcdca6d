"""Reports: a result as one HTML page that opens from disk without a network.

`write` makes the page of a result, of an array's operating point, of a study, or of a file with one of these.
"""

from circuitnn.report.publish import view, write

__all__ = ["view", "write"]
