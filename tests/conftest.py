"""No test talks to anything beyond this machine: an audit hook sees every connect, bind, send and look-up.

The hook raises, and also remembers: code that swallows the error fails its test all the same.
"""

import gc
import ipaddress
import signal
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

WATCHED = {"socket.connect": 1, "socket.bind": 1, "socket.sendto": 1, "socket.sendmsg": 1}
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
LOCAL_NAMES = {None, "", "localhost", b"localhost"}


class TrafficError(AssertionError):
    """A test wanted to reach beyond loopback."""


class Guard:
    """What was tried that is forbidden."""

    def __init__(self) -> None:
        self.tried: list[str] = []

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        """The audit hook."""
        place = self._place(event, arguments)
        if place is not None and not is_local(place):
            self.tried.append(f"{event} {place!r}")
            raise TrafficError(f"a test may not reach {place!r}")

    @staticmethod
    def _place(event: str, arguments: tuple[object, ...]) -> object:
        if event in LOOKUPS:
            return arguments[0]
        if event in WATCHED:
            address = arguments[WATCHED[event]]
            return address[0] if isinstance(address, tuple) else None
        return None


def is_local(place: object) -> bool:
    """Whether `place` is this machine: a loopback address or its name; unix sockets never get here."""
    if place in LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(str(place).split("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
"""The same examples each time: a red run can be run again. Whoever looks for new ones gives `--hypothesis-seed`."""


def pytest_configure(config: pytest.Config) -> None:
    """Guard the run, and let it hear Ctrl-C."""
    guard = Guard()
    config.stash[GUARD] = guard
    sys.addaudithook(guard)  # which cannot be taken away again, so there is one for the whole run
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A shell that starts the tests with & has them, and all they start, ignore it.
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_finish() -> None:
    """What stands until the end need not be looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


GUARD = pytest.StashKey[Guard]()


@pytest.fixture(autouse=True)
def guard(request: pytest.FixtureRequest) -> Iterator[Guard]:
    """Fails the test that tried to reach beyond loopback, even if it caught the error."""
    guard = request.config.stash[GUARD]
    guard.tried.clear()
    yield guard
    tried, guard.tried = guard.tried, []
    assert not tried, f"forbidden traffic: {tried}"
