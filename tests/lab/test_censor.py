"""The censor: which rule decides at which layer, and how long it remembers."""

from probe.lab.censor import Censor
from probe.lab.names import Names
from probe.lab.scenario import Act, Rule, Scenario, Site

RESET = Rule(Act.TLS_RESET, hosts=("x.com",))
DROP = Rule(Act.TLS_DROP, hosts=("com",))
HOME = ("104.40.1.9", 443)


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def censor(*rules: Rule, names: Names | None = None, clock: Clock | None = None) -> Censor:
    """A censor with `rules`."""
    return Censor(Scenario("test", "A test.", rules), names or Names(0, []), clock or Clock())


def test_the_first_rule_that_matches_decides() -> None:
    """The order of a scenario's rules is their rank."""
    assert censor(RESET, DROP).on_client_hello("x.com", *HOME) is RESET
    assert censor(DROP, RESET).on_client_hello("x.com", *HOME) is DROP
    assert censor(RESET, DROP).on_client_hello("y.com", *HOME) is DROP
    assert censor(RESET, DROP).on_client_hello("y.org", *HOME) is None


def test_a_name_covers_what_is_below_it() -> None:
    """Subdomains, but no name that merely ends alike."""
    rule = Rule(Act.TLS_RESET, hosts=("x.com",))
    assert rule.names("x.com")
    assert rule.names("a.b.x.com")
    assert not rule.names("netflix.com")
    assert not rule.names("")
    assert Rule(Act.TLS_RESET).names("")


def test_each_layer_asks_its_own_rules() -> None:
    """A rule for handshakes says nothing about questions, connections, requests or transfers."""
    here = censor(RESET)
    assert here.on_query("x.com", "8.8.8.8", encrypted=False) is None
    assert here.on_connect(*HOME) is None
    assert here.on_request("x.com", *HOME, encrypted=False) is None
    assert here.on_flow("x.com", *HOME) is None


def test_encrypted_questions_are_safe_unless_the_resolver_lies() -> None:
    """Over DoH a rule applies only when it names the resolver that is asked."""
    forge = Rule(Act.DNS_FORGE, hosts=("x.com",), value="10.0.0.1")
    assert censor(forge).on_query("x.com", "8.8.8.8", encrypted=False) is forge
    assert censor(forge).on_query("x.com", "8.8.8.8", encrypted=True) is None
    liar = Rule(Act.DNS_FORGE, hosts=("x.com",), value="10.0.0.1", resolvers=("1.1.1.1",))
    assert censor(liar).on_query("x.com", "1.1.1.1", encrypted=True) is liar
    assert censor(liar).on_query("x.com", "8.8.8.8", encrypted=False) is None


def test_requests_inside_tls_are_not_seen() -> None:
    """Only what is in the clear can be judged by its Host header."""
    page = Rule(Act.HTTP_PAGE, hosts=("x.com",))
    assert censor(page).on_request("x.com", *HOME, encrypted=False) is page
    assert censor(page).on_request("x.com", *HOME, encrypted=True) is None


def test_connections_are_known_by_the_names_that_were_looked_up() -> None:
    """A SYN carries no name: a rule with names knows an address once somebody asked for its owner."""
    names = Names(0, [Site("x.com", (HOME[0],))])
    here = censor(Rule(Act.SYN_DROP, hosts=("x.com",)), names=names)
    assert here.on_connect(*HOME) is None
    names.addresses("x.com")
    assert here.on_connect(*HOME) is not None
    assert here.on_connect("104.40.1.8", 443) is None


def test_addresses_and_ports_narrow_a_rule() -> None:
    """All that is given must match; `::/0` is every IPv6 address."""
    here = censor(Rule(Act.SYN_DROP, addresses=("104.40.1.9", "::/0"), ports=(80,)))
    assert here.on_connect("104.40.1.9", 80) is not None
    assert here.on_connect("104.40.1.9", 443) is None
    assert here.on_connect("104.40.1.8", 80) is None
    assert here.on_connect("2606:4700::1", 80) is not None


def test_residual_censorship_is_of_the_endpoint_and_every_packet_starts_it_again() -> None:
    """Until its timer has run out nothing gets through, whatever the name; each try makes it longer."""
    clock = Clock()
    here = censor(Rule(Act.TLS_RESET, hosts=("x.com",), residual=60.0), clock=clock)
    assert here.on_connect(*HOME) is None
    assert here.on_client_hello("x.com", *HOME) is not None
    assert here.on_connect(HOME[0], 80) is None
    clock.now += 59.0
    assert here.on_connect(*HOME) is not None
    clock.now += 59.0
    assert here.on_connect(*HOME) is not None
    clock.now += 60.0
    assert here.on_connect(*HOME) is None


def test_without_residual_nothing_is_remembered() -> None:
    """The next connection is judged by its own name."""
    here = censor(RESET)
    assert here.on_client_hello("x.com", *HOME) is RESET
    assert here.on_connect(*HOME) is None
    assert here.on_client_hello("y.org", *HOME) is None
