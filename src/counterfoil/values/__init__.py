"""What a penny, an instant and a name are."""
