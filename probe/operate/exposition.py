"""Serving metrics over HTTP while a schedule runs: few connections at a time, each with an end. No target is contacted.

prometheus-client makes the pages. Its own server has a thread for each connection and waits for ever; this one may
be put on an address that others reach.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import CollectorRegistry, make_wsgi_app

MAX_CONNECTIONS = 8
PATIENCE = 5.0
"""Seconds that a client may be silent."""

LIFE = 15.0
"""Seconds that a connection may last."""


class ExpositionError(Exception):
    """The address cannot be listened on; says why."""


class _Handler(WSGIRequestHandler):
    timeout = PATIENCE

    def setup(self) -> None:
        """As socketserver calls it."""
        super().setup()
        self._end = threading.Timer(LIFE, self._cut)
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        """As socketserver calls it."""
        self._end.cancel()
        super().finish()

    def _cut(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:  # it has ended by itself
            return

    def log_message(self, *_: object) -> None:
        """Nobody needs to know who asked."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = MAX_CONNECTIONS

    def __init__(self, family: socket.AddressFamily, address: tuple[str, int]) -> None:
        self.address_family = family
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without asking any resolver for our own name, as `http.server` does."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = "metrics", self.server_address[1]
        self.setup_environ()

    def process_request(self, request: object, client_address: object) -> None:
        """As socketserver calls it."""
        if not self._places.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        """As socketserver calls it."""
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._places.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away, or was sent away, is nobody's business."""


@contextmanager
def serving(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Serve the metrics of `registry` at `http://host:port/metrics`; yields the port. Raises `ExpositionError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        server = _Server(family, (host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExpositionError(f"{host}:{port}: cannot listen: {reason}") from error
    server.set_app(make_wsgi_app(registry))
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
