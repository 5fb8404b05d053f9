"""The web door: messages from other systems, and the house's own health."""
