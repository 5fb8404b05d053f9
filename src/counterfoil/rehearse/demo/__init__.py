"""A day's trade through the house in processes of its own, between twins that misbehave."""
