"""Which measurement a record is of: the same in a file, in its packed copy, and wherever else its line is."""

import re
from hashlib import sha256

from probe.record.measurement import Measurement

OUR_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
OONI_ID = re.compile(r"[0-9A-Za-z._-]{8,128}")


def uid_of(record: Measurement, line: bytes) -> str:
    """Our own id of the measurement, OONI's, or the digest of its line."""
    ours = (record.annotations or {}).get("measurement_id", "")
    if record.software_name == "reachprobe" and OUR_ID.fullmatch(ours):
        return ours
    theirs = (record.model_extra or {}).get("measurement_uid")
    if isinstance(theirs, str) and OONI_ID.fullmatch(theirs):
        return theirs
    return "sha256-" + sha256(line.strip()).hexdigest()[:32]
