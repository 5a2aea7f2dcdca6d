"""What the analyses share: a circuit made ready for solving, its operating point, its failures and its probes."""
