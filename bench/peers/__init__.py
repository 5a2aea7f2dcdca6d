"""The same problems in other packages; nothing here imports circuitnn, so that they may be in another environment."""
