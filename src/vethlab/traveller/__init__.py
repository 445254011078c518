"""Making journeys: as the program of an ordinary user would, inside the place that the user is at.

travel      every journey in a process of its own, all of them side by side
flow        one exchange over TCP, UDP, HTTP or ICMP
stray       a TCP answer nobody asked for
lookup      a name, by the place's own C library and its own files
"""

from .travel import travel

__all__ = ["travel"]
