"""What happened, twice written, never erased."""
