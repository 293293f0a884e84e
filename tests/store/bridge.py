"""ClickHouse's HTTP interface on loopback with chdb behind it: the server's own engine, without the server's 500 MB.

Enough for a client's session: settings are dropped, the query comes in the URL, in the body, or both; inserts are Arrow.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


class Handler(BaseHTTPRequestHandler):
    """One query a request."""

    protocol_version = "HTTP/1.1"
    session: Any
    folder: Path
    queries: list[str]

    def do_GET(self) -> None:
        """The ping."""
        self.answer(200, b"Ok.\n")

    def do_POST(self) -> None:
        """Run it in the engine."""
        body = (
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if not self.chunked()
            else self.chunks()
        )
        asked = parse_qs(urlsplit(self.path).query).get("query", [""])[0]
        query, data = (asked, body) if asked else (body.decode(), b"")
        if not asked and b"\n" in body and body.lstrip().upper().startswith(b"INSERT"):
            head, _, data = body.partition(b"\n")
            query = head.decode()
        self.queries.append(query)
        try:
            self.answer(200, self.run(query, data))
        except RuntimeError as error:
            self.answer(500, str(error).encode())

    def chunked(self) -> bool:
        """Whether the body's length is not known."""
        return self.headers.get("Transfer-Encoding", "").lower() == "chunked"

    def chunks(self) -> bytes:
        """A chunked body."""
        parts = []
        while size := int(self.rfile.readline().strip() or b"0", 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def run(self, query: str, data: bytes) -> bytes:
        """The engine's answer in the format that the query names, Native as the client expects by default."""
        query = query.strip().rstrip(";")
        if data:
            file = self.folder / f"insert-{len(self.queries)}.arrow"
            file.write_bytes(data)
            table = query.split()[2]
            query = f"INSERT INTO {table} SELECT * FROM file('{file}', 'Arrow')"
        head, _, form = query.rpartition(" FORMAT ")
        form = form.strip() if head else self.headers.get("X-ClickHouse-Format", "TabSeparated")
        answer: bytes = self.session.query(head or query, form).bytes()
        return answer

    def answer(self, status: int, body: bytes) -> None:
        """Send it."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-ClickHouse-Summary", "{}")
        self.send_header("Connection", "close")  # there is one thread, and no client may keep it
        if status != 200:
            self.send_header("X-ClickHouse-Exception-Code", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def clickhouse(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Its address, and the queries that came."""
    from chdb import session  # noqa: PLC0415 - an extra, and slow

    queries: list[str] = []
    make: Any = session.Session
    with make(str(folder / "db")) as engine:
        own = type("Own", (Handler,), {"session": engine, "folder": folder, "queries": queries})
        server = HTTPServer(("127.0.0.1", 0), own)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"clickhouse://default@127.0.0.1:{server.server_address[1]}/default", queries
        finally:
            server.shutdown()
            thread.join(10)
            server.server_close()
