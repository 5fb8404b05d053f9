"""Who may do what, and who said so."""
