"""Devices that forget: threshold switches, selectors, Mott memristors with negative differential resistance."""
