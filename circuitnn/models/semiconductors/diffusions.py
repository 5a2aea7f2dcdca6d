"""Sizes of a MOSFET's drain and source that instances give."""

from circuitnn.models.declarations import Parameter

DIFFUSIONS = (
    Parameter("ad", 0.0, "m²", "area of the drain", low=0.0),
    Parameter("as", 0.0, "m²", "area of the source", low=0.0),
    Parameter("pd", 0.0, "m", "perimeter of the drain", low=0.0),
    Parameter("ps", 0.0, "m", "perimeter of the source", low=0.0),
    Parameter("nrd", 1.0, "", "squares of the drain", low=0.0),
    Parameter("nrs", 1.0, "", "squares of the source", low=0.0),
)
