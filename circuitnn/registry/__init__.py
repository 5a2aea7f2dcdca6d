"""Registries of analyses, studies, engines, …: one file each in a folder, found by name and imported on first use."""
