"""Real processes and a real database that are killed, paused and cut off."""
