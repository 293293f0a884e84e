"""HTTP exchanges: df-001 `requests`, and its rule for bytes that may or may not be text."""

from pydantic import Field, StrictBool, StrictInt

from probe.record.model import Binary, Model, Observation

Body = str | Binary | None
Headers = dict[str, str | Binary | None]


def maybe_binary(raw: bytes) -> str | Binary:
    """`raw` as df-001 writes it: text when it is valid UTF-8, else base64 in an object."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return Binary.of(raw)


def to_bytes(value: str | Binary | None) -> bytes:
    """The bytes behind a maybe-binary value; none for null."""
    if value is None:
        return b""
    return value.raw() if isinstance(value, Binary) else value.encode("utf-8", "surrogatepass")


class HttpMessage(Model):
    """What a request and a response share. `headers` keeps the first value of each name, the list keeps all."""

    body: Body = None
    body_is_truncated: StrictBool | None = None
    headers: Headers | None = None
    headers_list: list[tuple[str | Binary, str | Binary | None]] | None = None


class Tor(Model):
    """df-001: whether the request went through Tor; ours never does."""

    is_tor: StrictBool | None = None
    exit_ip: str | None = None
    exit_name: str | None = None


class HttpRequest(HttpMessage):
    """What we asked."""

    method: str | None = None
    url: str | None = None
    tor: Tor | None = None
    x_transport: str | None = None


class HttpResponse(HttpMessage):
    """What came back; absent parts stay null. The body is decoded (gzip, deflate) under a cap, 512 KiB."""

    code: StrictInt | None = None


class HttpTransaction(Observation):
    """One request over one stream, and the answer as far as it came. Newest first in a record."""

    failure: str | None
    request: HttpRequest
    response: HttpResponse | None = None
    network: str | None = None
    address: str | None = Field(default=None, description="ip:port, [v6]:port")
    alpn: str | None = None
