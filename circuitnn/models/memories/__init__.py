"""Devices that remember without a supply: memristors, phase-change and ferroelectric memories, synapses."""
