"""Energy and delay of accesses, against closed forms of RC circuits and against what cells and lines dissipate."""

import numpy as np
import pytest

from circuitnn.cli import execute
from circuitnn.crossbar import Access, Crossbar, Pulse
from circuitnn.errors import AnalysisError
from circuitnn.studies.questions.energy import energy, energy_of, settling


def test_charging_a_line_takes_c_v_squared():
    """A driver of 1 kΩ charges and discharges 1 fF through a pulse: the source gives C·V²."""
    r, c, v = 1e3, 1e-15, 0.8
    array = Crossbar(1, 1, 1e-15, driver_resistance=r, wordline_capacitance=c, sense_resistance=1.0)
    pulse = Pulse(width=30 * r * c, rise=1e-15, fall=1e-15)
    made = array.tran(Access(0, 0, v, "grounded"), pulse, 2 * pulse.end, reltol=1e-6)
    assert energy_of(made, pulse) == pytest.approx(c * v * v, rel=2e-3)


def test_without_capacitance_energy_is_power_times_time():
    array = Crossbar(3, 3, 1e-4, wordline_resistance=10.0, bitline_resistance=10.0)
    scheme = Access(0, 2, 1.0, "half")
    pulse = Pulse(width=1e-9, rise=1e-12, fall=1e-12)
    made = array.tran(scheme, pulse, 2 * pulse.end, reltol=1e-6)
    ramps = 2e-12 / 3.0  # the square of a ramp
    assert energy_of(made, pulse) == pytest.approx(array.op(scheme).total_power * (1e-9 + ramps), rel=1e-4)


@pytest.mark.parametrize("band", [0.1, 0.01, 1e-4])
def test_settling_of_an_exponential(band):
    t = np.linspace(0.0, 20.0, 40001)
    assert settling(t, 1.0 - np.exp(-t), band) == pytest.approx(-np.log(band), rel=1e-4)
    assert settling(t, np.ones_like(t), band) == 0.0
    ringing = 1.0 + np.exp(-t) * np.cos(40.0 * t)
    late = settling(t, ringing, band)
    assert np.all(np.abs(ringing[t > late] - ringing[-1]) <= band * ringing[-1] * 1.0001)


def test_settling_of_nothing():
    with pytest.raises(AnalysisError, match="no points"):
        settling(np.zeros(0), np.zeros(0))


def test_energy_and_delay_grow_with_the_array(tmp_path, capsys):
    words = "study energy --size 4,8 --scheme half,grounded --nonlinearity 2 -o".split()
    assert execute([*words, str(tmp_path / "e.nc"), "--picture", str(tmp_path / "e.png")]) == 0
    assert "energy [fJ]" in capsys.readouterr().out and (tmp_path / "e.png").stat().st_size > 10_000
    slow = {"line_resistance": 100.0, "line_capacitance": 1e-14}
    data = energy(size=[4, 8], scheme=["half"], nonlinearity=2.0, **slow).data.squeeze()
    # a line of N cells has N² times the resistance times capacitance
    assert data["energy"][1] > 1.5 * data["energy"][0] and data["delay"][1] > 2.0 * data["delay"][0]
    assert (data["selected"] < data["energy"]).all()
