"""A small internet on loopback with a censor in it: the real measuring code runs here on real sockets.

Addresses look public and are simulated: one TCP and one UDP socket stand for all of them (`door.py`), so it runs
on any system, without privileges and without a network. Along a packet's way: `network` (the client's side),
`door`, `censor`, `server`, `tls`, `http1`/`http2`, `web`, `resolvers`; a network is described by `scenarios`.
Nothing here is imported by measuring code, and of it only `measure.network`'s protocol is known here.
"""
