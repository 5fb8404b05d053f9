"""One folder a system, all siblings."""
