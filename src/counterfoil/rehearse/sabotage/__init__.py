"""Guards taken out of copies of the house, to see that somebody notices."""
