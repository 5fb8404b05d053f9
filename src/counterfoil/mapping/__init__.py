"""How one system's words become ours, and what was lost."""
