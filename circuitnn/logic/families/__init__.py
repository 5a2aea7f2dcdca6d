"""Families of digital code models."""
