"""Elements whose value is quadratic in temperature."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError

if TYPE_CHECKING:
    from circuitnn.flat import Elements

# Columns of such an element, and their defaults.
DEPENDENCE = {"tc1": 0.0, "tc2": 0.0, "temp": nan}
# The same for rare columns: the temperature that the values hold for; percent per kelvin, exponential.
RARE = {"tnom": nan, "tce": nan}
# Temperature of an instance, and its rise above the circuit's, which a model card may give for all its instances. [°C]
OWN = ("temp", "dtemp")
# PSPICE's names of both on model cards.
TEMPERATURES = ("t_abs", "t_rel_global")


def temperature_factor(table: Elements, temperature: float, tnom: float) -> np.ndarray:
    """1 + tc1·ΔT + tc2·ΔT² of each element, or 1.01^(tce·ΔT), ΔT from `tnom`. [°C]

    ``temp=`` of an instance and ``tnom=`` of its model take precedence.

    Raises
    ------
    AnalysisError
        If a factor is not finite.
    """
    t, delta = _temperatures(table, temperature, tnom)
    with np.errstate(over="ignore", invalid="ignore"):
        factor = 1.0 + table.values.get("tc1", 0.0) * delta + table.values.get("tc2", 0.0) * delta**2
        if "tce" in table.values:
            tce = table.values["tce"]
            factor = np.where(np.isnan(tce), factor, 1.01 ** (tce * delta))
    wrong = np.flatnonzero(~np.isfinite(factor))
    if len(wrong):
        k = wrong[0]
        raise AnalysisError(f"{table.names[k]} has no value at {t[k]:g} °C: a temperature is out of range")
    return factor


def temperature_slopes(table: Elements, temperature: float, tnom: float) -> dict[str, np.ndarray]:
    """Relative slopes of the factors by ``temp``, ``tc1``, ``tc2`` and ``tce``.

    An element without coefficients has the exponential one ``tce=0``, too.
    """
    _, delta = _temperatures(table, temperature, tnom)
    factor = temperature_factor(table, temperature, tnom)
    nothing = np.zeros(len(table.names))
    tc1, tc2 = (np.broadcast_to(table.values.get(name, nothing), nothing.shape) for name in ("tc1", "tc2"))
    tce = table.values.get("tce", np.full(len(nothing), np.nan))
    exponential, constant = ~np.isnan(tce), (tc1 == 0.0) & (tc2 == 0.0)
    slope = np.where(exponential, np.nan_to_num(tce) * np.log(1.01), (tc1 + 2.0 * tc2 * delta) / factor)
    return {
        "temp": slope,
        "tc1": np.where(exponential, 0.0, delta / factor),
        "tc2": np.where(exponential, 0.0, delta**2 / factor),
        "tce": np.where(exponential | constant, np.log(1.01) * delta, 0.0),
    }


def _temperatures(table: Elements, temperature: float, tnom: float) -> tuple[np.ndarray, np.ndarray]:
    """Temperature of each element, and by how much it exceeds the one that its value holds for. [°C]"""
    own = table.values.get("temp")
    t = np.full(len(table.names), temperature) if own is None else np.where(np.isnan(own), temperature, own)
    nominal = table.values.get("tnom")
    return t, t - (tnom if nominal is None else np.where(np.isnan(nominal), tnom, nominal))


def factor_text(texts: dict[str, str]) -> str:
    """``1 + tc1 (T − tnom) + tc2 (T − tnom)²`` as text, with ``reciproctc=1`` its reciprocal."""
    at = f"({texts['temp']})" if "temp" in texts else f"(temper+({texts.get('dtemp', '0')}))"
    rise = f"({at}-tnom)"
    factor = f"(1+({texts.get('tc1', '0')})*{rise}+({texts.get('tc2', '0')})*{rise}*{rise})"
    return f"(({texts['reciproctc']}) != 0 ? 1/{factor} : {factor})" if "reciproctc" in texts else factor


def factors(texts: dict[str, str], *names: str) -> list[str]:
    """Temperature dependence, scale and these pairs, as factors."""
    factors = [factor_text(texts)] if "tc1" in texts or "tc2" in texts else []
    return factors + [texts[k] for k in ("scale", *names) if k in texts]
