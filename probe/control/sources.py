"""The controls of a run: files and helpers in the order they were named, asked until one knows the target."""

from collections.abc import Callable, Sequence

from probe.control.answer import NO_CONTROL, ControlAnswer
from probe.control.client import HelperClient, request_of
from probe.control.controlfile import ControlFile
from probe.record import TcpConnect
from probe.record.control import ControlRequest

Source = ControlFile | HelperClient


class ControlSources:
    """`wall_clock`: seconds since the epoch, for the age of files."""

    def __init__(self, sources: Sequence[Source], wall_clock: Callable[[], float]) -> None:
        self._sources, self._wall_clock = tuple(sources), wall_clock

    async def ask(
        self, url: str, connects: Sequence[TcpConnect]
    ) -> tuple[ControlRequest | None, ControlAnswer]:
        """What is known of `url` elsewhere, and what helpers were asked; `connects`: the endpoints that were tried."""
        request = request_of(url, connects) if self._asks_helpers else None
        last = NO_CONTROL
        for source in self._sources:
            if isinstance(source, ControlFile):
                answer = source.answer(url, self._wall_clock())
            else:
                answer = await source.ask(request or request_of(url, connects))
            if answer.control is not None:
                return request, answer
            last = answer if answer.failure is not None or last is NO_CONTROL else last
        return request, last

    @property
    def _asks_helpers(self) -> bool:
        return any(isinstance(source, HelperClient) for source in self._sources)
