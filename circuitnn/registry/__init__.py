"""What there are many of, by name: one file each in a folder, imported when it is asked for."""
