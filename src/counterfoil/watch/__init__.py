"""The watch: a process with its own clock and its own small notebook, that hears every silence.

expected.py   what is to happen, and the moment by which its silence is told
books.py       what the house's books show
promises.py   what a configuration promises, as expectations
volume.py     how many documents an hour brings, and when too few came
notebook.py   the watch's own notebook: what it told, what it has met, when it looked
look.py       one look: what is late, what is well again, what is new
message.py    four sentences for a person
channels.py   the way to people
keeping.py    the loop, and who watches the watch
"""
