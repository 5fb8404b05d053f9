"""The cast: which pretended vendor stands behind each connection, and how each is asked."""
