"""A box on the path: it passes on what a server says in other pieces, cuts it short, or changes a byte of it."""

import asyncio
import itertools
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from probe.measure.network import SystemNetwork
from tests.measure.servers import LOOPBACK, Peer, Script

WHOLE = (1 << 16,)
TURNS = 3
"""Turns of the loop after each piece, in which the client reads it before the next one comes."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What becomes of a server's bytes.

    `sizes` of the pieces they are passed on in, over and over; only the first `keep` of them, followed by `end`
    (see `Peer.end`); `damage`: the place of a byte, and what it is XORed with.
    """

    sizes: Sequence[int] = WHOLE
    keep: int | None = None
    end: str = "fin"
    damage: tuple[int, int] | None = None


class Middlebox:
    """Stands before the server at `port` of loopback; `passed` counts the server's bytes that went through."""

    def __init__(self, port: int, treatment: Treatment) -> None:
        self.passed = 0
        self._port, self._treatment = port, treatment

    @property
    def script(self) -> Script:
        """What the box does to one client."""
        return self._play

    async def _play(self, peer: Peer) -> None:
        with await SystemNetwork().open_tcp(LOOPBACK, self._port) as server:
            up = asyncio.create_task(self._pass_up(peer, server))
            try:
                how = await self._pass_down(peer, server)
                if how == "fin":
                    await self._say_goodbye(peer, up)
            finally:
                up.cancel()
                await asyncio.gather(up, return_exceptions=True)
        await peer.end(how)

    async def _say_goodbye(self, peer: Peer, up: "asyncio.Task[None]") -> None:
        """Listen until the client has left: closing on what it still says would be a reset."""
        peer._sock.shutdown(socket.SHUT_WR)
        await up

    async def _pass_up(self, peer: Peer, server: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with suppress(OSError, EOFError):
            while True:
                data = await peer.receive()
                with suppress(OSError):
                    await loop.sock_sendall(server, data)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    async def _pass_down(self, peer: Peer, server: socket.socket) -> str:
        loop, sizes = asyncio.get_running_loop(), itertools.cycle(self._treatment.sizes)
        while not self._is_cut():
            try:
                data = await loop.sock_recv(server, 1 << 16)
            except OSError:
                return "reset"
            if not data:
                return "fin"
            await self._pass_pieces(peer, self._treat(data), sizes)
        return self._treatment.end

    async def _pass_pieces(self, peer: Peer, data: bytes, sizes: "itertools.cycle[int]") -> None:
        while data:
            size = next(sizes)
            piece, data = data[:size], data[size:]
            await peer.send_raw(piece)
            for _ in range(TURNS):
                await asyncio.sleep(0)

    def _treat(self, data: bytes) -> bytes:
        start, keep, damage = self.passed, self._treatment.keep, self._treatment.damage
        if keep is not None:
            data = data[: keep - start]
        self.passed += len(data)
        if damage is not None and start <= damage[0] < self.passed:
            changed = bytearray(data)
            changed[damage[0] - start] ^= damage[1]
            return bytes(changed)
        return data

    def _is_cut(self) -> bool:
        keep = self._treatment.keep
        return keep is not None and self.passed >= keep
