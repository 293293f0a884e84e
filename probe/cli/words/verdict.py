"""How verdicts are said: in words first, the codes behind them. `{detail}` is what the rule saw, `{host}` whose it was."""

from collections.abc import Mapping
from types import MappingProxyType

STATUS: Mapping[str, str] = MappingProxyType({
    "reachable": "reachable",
    "blocked": "blocked",
    "throttled": "throttled",
    "down": "down for everyone",
    "refused": "refused by the site itself",
    "inconclusive": "cannot tell",
    "partly": "partly blocked",
})  # fmt: skip

CONFIDENCE: Mapping[str, str] = MappingProxyType({
    "confirmed": "confirmed",
    "likely": "likely",
    "possible": "possible, not more",
    "none": "",
})  # fmt: skip

RULES: Mapping[str, str] = MappingProxyType({
    "dns.conflicting_answers": "the name got two answers that differ, a forged one ({detail}) first",
    "dns.known_private_address": "the name is answered with {detail}, a known block address",
    "dns.known_public_address": "the name is answered with {detail}, a known block address",
    "dns.known_name": "the name is answered with {detail}, a known block page's name",
    "dns.private_address": "the name is answered with {detail}, which no public site can have",
    "dns.wrong_certificate": "the name is answered with {detail}, where somebody else is",
    "dns.unlike_others": "the name is answered with {detail}, which does not work, while other addresses do",
    "dns.nxdomain": "{detail} says that there is no such name, and there is",
    "dns.servfail": "{detail} fails on the name, and others resolve it",
    "dns.refused": "{detail} refuses the name, and others resolve it",
    "dns.empty": "{detail} gives no address for the name, and it has one",
    "dns.no_reply": "{detail} does not answer for the name, which exists",
    "tcp.timeout": "connections to {detail} get no answer",
    "tcp.refused": "connections to {detail} are refused",
    "tcp.reset": "connections to {detail} are reset",
    "tcp.unreachable": "the network says that {detail} cannot be reached",
    "tls.plain_answer": "a block page ({detail}) came in place of the encrypted answer",
    "tls.intercepted": "somebody else's certificate is shown at {detail}",
    "tls.reset": "the connection to {detail} is reset once the name is sent",
    "tls.eof": "the connection to {detail} is closed once the name is sent",
    "tls.timeout": "nothing comes back from {detail} once the name is sent",
    "http.known_page": "the answer is a known block page ({detail})",
    "http.block_address": "the answer sends us to {detail}, a block page's address",
    "http.reset": "the connection is reset after the request",
    "http.eof": "the connection is closed after the request",
    "http.timeout": "nothing comes back after the request",
    "transfer.frozen": "the transfer froze after {detail}",
    "http.different": "the page ({detail}) has nothing in common with what others get",
    "refused.page": "the site's own side refuses ({detail})",
    "refused.handshake": "the server refuses the handshake at {detail}",
    "reachable.valid": "the site answered, {detail}, under its certificate",
    "reachable.alike": "the answer, {detail}, is what others get",
    "down.name": "there is no such name for others either",
    "down.connection": "its addresses do not answer others either ({detail})",
    "down.certificate": "its certificate is bad for others as well ({detail})",
    "down.answer": "it fails for others too ({detail})",
    "inconclusive.fake_address": "the name is answered with {detail}, as a tunnel on this machine or router does for every name",
    "inconclusive.own_fault": "what failed is this machine's own ({detail})",
    "inconclusive.late": "this machine itself stood still then, asleep, halted or overloaded ({detail})",
    "inconclusive.cut_off": "no answer came ({detail}), and nothing beyond this network gave a sign of life then",
    "inconclusive.hot": "{detail} was still under watch: another name had triggered a censor there shortly before",
    "inconclusive.resolver_dead": "the system's resolver had no answer for a name that surely exists either",
    "inconclusive.dates": "the certificate is not valid today, if this machine's clock is right",
    "inconclusive.certificate": "the certificate at {detail} is not valid for the name, and nothing says whether it ever was",
    "inconclusive.other_resolver": "only an address that other resolvers name answered",
    "inconclusive.other_way": "an unencrypted answer sent us to {detail}, and nothing says whether it should have",
    "inconclusive.in_the_clear": "an unencrypted answer came ({detail}), and there is nothing to hold it against",
    "inconclusive.failed": "it failed ({detail}), and there is no control that tells blocking from a site that is down",
    "inconclusive.nothing": "the record does not show enough",
})  # fmt: skip

SEVERAL = "their addresses"
MORE_TARGETS = "… and {count} more: probe judge FILE tells each"
PLATFORM_REACHED = ", {reached} of {hosts} hosts reachable"
PLATFORM_WHY = " — {reason}; {count} of {hosts} hosts"
PLATFORM_WORKS = "; works: {roles}"
ROLES: Mapping[str, str] = MappingProxyType({
    "web": "web pages",
    "api": "the app's own hosts",
    "media": "media",
    "static": "scripts and styles",
    "realtime": "messages and calls",
    "download": "downloads",
    "short_link": "short links",
})  # fmt: skip

SENTENCE = "{status} — {reason}"
AT_HOP = " (after {hop} redirects, at {host})"
CODES = "[{mechanisms}{confidence}]"
NO_VERDICT = "no verdict: there are no rules for {test_name} yet"
