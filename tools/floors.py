"""Print the lower bounds of pyproject.toml as pins, one a line: what must still work with the oldest promised."""

import sys
import tomllib
from pathlib import Path


def main() -> None:
    """Every `name>=version` of the runtime and of the extras becomes `name==version`."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(requirement for extra in extras for requirement in extra)]
    sys.stdout.write("".join(requirement.replace(">=", "==") + "\n" for requirement in wanted))


if __name__ == "__main__":
    main()
