"""SPICE2's polynomials of several controls as texts of expressions."""

from __future__ import annotations

from itertools import combinations_with_replacement

from circuitnn.elements.card import CardError, unwrap

MAX_FACTORS = 20_000  # in all products of a polynomial


def polynomial(controls: list[str], coefficients: list[str]) -> str:
    """Write a polynomial: constant, then all products of degree 1, 2, … in the order of the controls.

    Parameters
    ----------
    controls, coefficients : list of str
        Texts of expressions; later coefficients are 0.

    Returns
    -------
    str
    """
    if not coefficients:
        raise CardError("poly has no coefficients", "poly")
    terms = [f"({unwrap(coefficients[0])})"]
    position, degree, count = 1, 1, 0
    while position < len(coefficients):
        for controlled in combinations_with_replacement(controls, degree):
            if position == len(coefficients):
                break
            count += degree
            if count > MAX_FACTORS:
                raise CardError(f"poly has {len(coefficients)} coefficients: more than are supported", "poly")
            terms.append("*".join([f"({unwrap(coefficients[position])})", *controlled]))
            position += 1
        degree += 1
    return "+".join(terms)
