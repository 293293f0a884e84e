"""One authority and one trusting client per test session: making them costs more than a test."""

import pytest

from probe.measure.trust import Trust
from tests.measure.certificates import Authority, Pki


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    """The authority that the client of these tests trusts."""
    authority = Authority()
    bundle = tmp_path_factory.mktemp("pki") / "roots.pem"
    bundle.write_bytes(authority.pem)
    return Pki(authority, Trust.load(bundle))
