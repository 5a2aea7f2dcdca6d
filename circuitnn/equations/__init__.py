"""Expression graph: build, simplify, differentiate, evaluate, compile."""
