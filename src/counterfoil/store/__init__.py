"""Where facts rest and work waits: PostgreSQL, behind one door."""
