"""The desk for programs: the same questions and acts as the other doors, as JSON with tokens."""
