"""The view from elsewhere: is a target reachable for others? Three ways to know, none of which needs a server of ours.

- `client.py` asks a helper, ours or OONI's; `server.py` is ours.
- `controlfile.py` reads the same list measured in an open network.
- `distil.py` makes of one record what a helper would have answered, and finds the answer that a record carries.

All three give a `ControlAnswer`. Nothing here has an opinion: what it means is the judge's work.
"""
