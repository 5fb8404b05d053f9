"""Web: the desk in a browser. It shows what the desk answers; it asks no flow and no store."""
