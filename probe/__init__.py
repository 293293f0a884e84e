"""reachprobe: measures from the network it runs in which platforms can be reached, and where it ends."""

__version__ = "0.1.0"
