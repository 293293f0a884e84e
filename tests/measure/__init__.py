"""Tests of the measuring core: the real code against real sockets on loopback, and peers that follow a script."""
