"""Names of failures: a closed set, and which of them are our own machine's fault."""

import re

from hypothesis import given
from hypothesis import strategies as st

from probe.record import FAILURES, Failure
from probe.record.failure import OWN_FAULTS, UNKNOWN_PREFIX, is_known

OURS = {
    "interrupted",
    "permission_denied",
    "address_family_not_supported",
    "address_in_use",
    "address_not_available",
    "bad_file_descriptor",
    "invalid_argument",
    "no_buffer_space",
    "too_many_files_open",
    "too_many_files_open_in_system",
    "not_enough_memory",
    "operation_would_block",
}


def test_names_are_of_one_form() -> None:
    """Small letters and underscores, each once."""
    assert len(FAILURES) == len(list(Failure))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in FAILURES)


def test_own_faults_are_these() -> None:
    """A name added to the set must be put on one side: these say nothing about the network, all others do."""
    assert OWN_FAULTS == OURS
    network = {
        Failure.CONNECTION_RESET,
        Failure.DNS_NXDOMAIN_ERROR,
        Failure.SSL_INVALID_HOSTNAME,
        Failure.NETWORK_UNREACHABLE,
    }
    assert not OWN_FAULTS & network  # fmt: skip


def test_what_is_known() -> None:
    """No failure, a name of the set, or what df-007 writes for everything else."""
    assert all(is_known(name) for name in (None, *FAILURES, UNKNOWN_PREFIX + "OSError"))
    assert not any(
        is_known(name) for name in (False, "", "Connection_Reset", "connection_reset ", "unknown_failure")
    )


@given(st.text(max_size=30))
def test_any_other_name_is_not(name: str) -> None:
    """The set is closed."""
    assert is_known(name) == (name in FAILURES or name.startswith(UNKNOWN_PREFIX))
