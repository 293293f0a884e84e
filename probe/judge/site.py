"""Whether two hosts are of one site, as far as their names tell: whether a redirect in the clear may be believed.

There is no list of public suffixes here, on purpose: it is long, and half a year old it is wrong. Where a name could
be under a suffix the answer is no, which leaves a measurement undecided that a list might have decided.
"""

SHORT_SUFFIX = 3
"""Letters of the second label in suffixes of two under a country: com.tr, co.uk, gov.ir, net.ru."""

LONG_SUFFIXES = frozenset({"asso", "gouv", "govt", "info", "mobi", "muni", "name", "priv", "store", "school"})
"""Second labels of suffixes under countries that have more."""

TENANTS = frozenset({
    "amazonaws.com", "appspot.com", "azureedge.net", "azurewebsites.net", "blog.ir", "blogfa.com", "br.com",
    "cloudfront.net", "cn.com", "eu.com", "eu.org", "fastly.net", "firebaseapp.com", "github.io", "gitlab.io",
    "hatenablog.com", "herokuapp.com", "livejournal.com", "medium.com", "narod.ru", "netlify.app", "onrender.com",
    "pages.dev", "ru.com", "substack.com", "tumblr.com", "ucoz.ru", "uk.com", "us.com", "vercel.app", "web.app",
    "weebly.com", "wixsite.com", "wordpress.com", "workers.dev",
})  # fmt: skip
"""Names under which strangers have their sites."""

TENANTS_EVERYWHERE = frozenset({"blogspot"})
"""The same, whatever follows."""


def same_site(host: str, other: str) -> bool:
    """Whether `host` and `other` are equal, one below the other, or of one registered name; addresses only if equal."""
    one, two = host.lower().rstrip("."), other.lower().rstrip(".")
    if not one or one == two:
        return bool(one)
    if _is_address(one) or _is_address(two):
        return False
    return _is_below(one, two) or _is_below(two, one) or _registered(one) == _registered(two) is not None


def _is_address(host: str) -> bool:
    return ":" in host or host.rpartition(".")[2].isdigit()


def _is_below(host: str, parent: str) -> bool:
    """Whether `host` is a name under `parent`, which is a site itself, since somebody asked for it."""
    known = parent in TENANTS or parent.partition(".")[0] in TENANTS_EVERYWHERE
    return "." in parent and not known and host.endswith(f".{parent}")


def _registered(host: str) -> str | None:
    """What was registered of `host`: the label below its suffix, and the suffix; None when it is no more than that."""
    labels = host.split(".")
    suffix = 1
    if len(labels) > 2 and len(labels[-1]) == 2 and _is_suffix(labels[-2]):  # noqa: PLR2004 - a country's name
        suffix = 2
    if len(labels) > suffix and (
        ".".join(labels[-2:]) in TENANTS or labels[-suffix - 1] in TENANTS_EVERYWHERE
    ):
        suffix += 1
    return ".".join(labels[-suffix - 1 :]) if len(labels) > suffix else None


def _is_suffix(label: str) -> bool:
    return len(label) <= SHORT_SUFFIX or label in LONG_SUFFIXES
