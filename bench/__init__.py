"""The figures: what the house is meant to reach, measured beside a floor or a peer."""
