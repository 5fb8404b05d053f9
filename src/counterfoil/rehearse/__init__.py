"""The unmodified house against twins: demonstrations, rehearsals and the traffic for both."""
