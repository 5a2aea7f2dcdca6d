class History:
    t: float
