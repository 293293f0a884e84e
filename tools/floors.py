"""Print the lower bounds of pyproject.toml as pins, one a line: what must still work with the oldest promised.

python tools/floors.py EXTRA …      of the core, and of these extras
"""

import sys
import tomllib
from pathlib import Path


def main(extras: list[str]) -> None:
    """Every `name>=version` of the runtime and of `extras` becomes `name==version`."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    of_extras = [project["optional-dependencies"][extra] for extra in extras]
    wanted = [*project["dependencies"], *(requirement for extra in of_extras for requirement in extra)]
    sys.stdout.write("".join(requirement.replace(">=", "==") + "\n" for requirement in wanted))


if __name__ == "__main__":
    main(sys.argv[1:])
