"""Stands for the object storage of a fleet, on loopback: PUT, create only, a bounded number of uploads at a time.

    python benchmarks/fleet_receiver.py FOLDER --slots 16 --for 300

Prints its port, then serves until the time is over or standard input ends; then prints one JSON object of what it did. `PUT /NAME.jsonl.gz`, where
NAME is the SHA-256 of the body: 201 stored and on the disk, 409 there already, 422 another name, 503 with Retry-After
when all slots are taken. What is stored is cut to nothing right after it was synced: the cost of writing is paid, the room is not.
"""

import argparse
import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import h11

MAX_BODY = 16 << 20
PIECE = 65536
PATIENCE = 60.0
RETRY_AFTER = 2


class Receiver:
    """What was answered, and what is being received."""

    def __init__(self, folder: Path, slots: int) -> None:
        self.folder, self.slots = folder, slots
        self.answers = Counter[int]()
        self.received_bytes = self.taken = self.most_taken = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        with suppress(OSError, h11.RemoteProtocolError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(PATIENCE):
                await self._request(
                    h11.Connection(h11.SERVER, max_incomplete_event_size=PIECE), reader, writer
                )
        writer.close()

    async def _request(
        self, http: h11.Connection, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        request = await _event(http, reader)
        if not isinstance(request, h11.Request):
            return
        if self.taken >= self.slots:
            await self._answer(http, writer, 503)
            return
        self.taken += 1
        self.most_taken = max(self.most_taken, self.taken)
        try:
            body, digest = bytearray(), hashlib.sha256()
            while isinstance(event := await _event(http, reader), h11.Data) and len(body) < MAX_BODY:
                body += event.data
                digest.update(event.data)
            status = 400
            if isinstance(event, h11.EndOfMessage):
                status = await asyncio.to_thread(
                    self._store, request.target.decode(), digest.hexdigest(), bytes(body)
                )
        finally:
            self.taken -= 1
        await self._answer(http, writer, status)

    def _store(self, target: str, digest: str, body: bytes) -> int:
        if target != f"/{digest}.jsonl.gz":
            return 422
        try:
            number = os.open(self.folder / digest, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return 409
        try:
            os.write(number, body)
            os.fdatasync(number)
            os.ftruncate(number, 0)
        finally:
            os.close(number)
        self.received_bytes += len(body)
        return 201

    async def _answer(self, http: h11.Connection, writer: asyncio.StreamWriter, status: int) -> None:
        self.answers[status] += 1
        headers = [("content-length", "0"), ("connection", "close")]
        if status == 503:
            headers.append(("retry-after", str(RETRY_AFTER)))
        writer.write(http.send(h11.Response(status_code=status, headers=headers)) or b"")
        writer.write(http.send(h11.EndOfMessage()) or b"")
        await writer.drain()


async def _event(http: h11.Connection, reader: asyncio.StreamReader) -> object:
    while (event := http.next_event()) is h11.NEED_DATA:
        http.receive_data(await reader.read(PIECE))
    return event


async def main_loop(receiver: Receiver, seconds: float) -> None:
    """Serve on a free port of loopback until standard input ends."""
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.to_thread(sys.stdin.read), seconds)
    server.close()


def main() -> int:
    """Serve, then tell."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--for", dest="seconds", type=float, default=300.0)
    wishes = parser.parse_args()
    receiver = Receiver(wishes.folder, wishes.slots)
    asyncio.run(main_loop(receiver, wishes.seconds))
    told = {
        "answers": receiver.answers,
        "bytes": receiver.received_bytes,
        "most_at_once": receiver.most_taken,
    }
    print(json.dumps(told), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
