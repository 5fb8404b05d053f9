"""A sale after it was made: what was ordered, what is left of it, and what may befall it.

It is neutral: a vendor's twin shows it in the vendor's own shapes, and remembers it.
"""
