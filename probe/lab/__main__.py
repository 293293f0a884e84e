"""`python -m probe.lab [SCENARIO] [RTT]`: a lab in a process of its own, until standard input ends."""

import json
import sys

from probe.lab.lab import Lab
from probe.lab.scenarios import SCENARIOS


def main() -> None:
    """Print where the lab listens as one line of JSON, then wait."""
    name = sys.argv[1] if len(sys.argv) > 1 else "clean"
    rtt = sys.argv[2] if len(sys.argv) > 2 else "0"  # noqa: PLR2004
    if name not in SCENARIOS:
        sys.exit(f"no scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    with Lab(SCENARIOS[name], rtt=float(rtt)) as lab:
        place = {"door": lab.door.to_json(), "ca_file": str(lab.ca_file)}
        sys.stdout.write(json.dumps(place) + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
