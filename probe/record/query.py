"""DNS look-ups: df-002 `queries`, one row per question and resolver, and per answer that arrived."""

from pydantic import Field, StrictInt

from probe.record.model import Model, Observation


class Answer(Model):
    """One resource record of an answer; only A, AAAA and CNAME carry data of their own (df-002)."""

    answer_type: str = Field(description="A, AAAA, CNAME …")
    ipv4: str | None = None
    ipv6: str | None = None
    hostname: str | None = Field(default=None, description="target of a CNAME")
    ttl: StrictInt | None = Field(default=None, description="seconds")
    asn: StrictInt | None = None
    as_org_name: str | None = None


class Query(Observation):
    """One question to one resolver and the answer that came, if one came.

    `engine`: getaddrinfo, udp, tcp, doh; system in older records. It is absent in those before 2020, which knew no
    other; their `resolver_port` may be a number. `query_type` of getaddrinfo is ANY.
    """

    engine: str = "system"
    failure: str | None
    hostname: str
    query_type: str
    answers: list[Answer] | None = None
    raw_response: str | None = Field(default=None, description="base64 of the DNS message as received")
    rcode: StrictInt | None = Field(default=None, description="RFC 8499 response code of the message")
    getaddrinfo_error: StrictInt | None = Field(default=None, description="EAI_ number of this system")
    resolver_address: str | None = Field(default=None, description="ip:port or URL; empty for the system's")
    resolver_hostname: str | None = None
    resolver_port: str | StrictInt | None = None

    def addresses(self) -> list[str]:
        """The addresses of the answer, in its order."""
        return [ip for answer in self.answers or [] if (ip := answer.ipv4 or answer.ipv6)]
