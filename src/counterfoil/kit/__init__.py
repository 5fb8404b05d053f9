"""What every connector gets free, and must prove."""
