"""Studies of networks of oscillators, one file each."""
