"""`probe` and `python -m probe`."""

from probe.cli.app import app


def main() -> None:
    """Run the command line."""
    app(prog_name="probe")


if __name__ == "__main__":
    main()
