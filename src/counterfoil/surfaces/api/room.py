"""Room: how many bytes all who have not proven themselves may hold together.

Nobody may hold more than what is still free for everybody else. So the greedy stop each other, and
while a thousand of them press, a newcomer with a usual message still finds its place.
"""

from __future__ import annotations


class Room:
    """`size` bytes for all shares together."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.free = size

    def share(self) -> Share:
        """A share that holds nothing yet."""
        return Share(self)


class Share:
    """What one holder has of a room; whoever made it clears it."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def take(self, amount: int) -> bool:
        """Hold `amount` bytes more; False, and nothing more is held, where there is no room."""
        if self.held + amount > self._room.free - amount:
            return False
        self.held += amount
        self._room.free -= amount
        return True

    def give(self, amount: int) -> None:
        """Hold `amount` bytes less."""
        amount = min(amount, self.held)
        self.held -= amount
        self._room.free += amount

    def clear(self) -> None:
        """Hold nothing."""
        self.give(self.held)
