"""What every twin gets: a memory, a gate, limits, faults, pages, messages, trade, a control room.

It knows no vendor, and nothing of the house: values and functions that a vendor's folder puts
together.
"""
