"""The command line `rj`: puts its commands together."""

from shutdown import leave


def main() -> None:
    """Run the command that the arguments name, and end the process."""
    try:
        from cli.app import app  # noqa: PLC0415 - so that an early Ctrl-C is quiet too

        app(prog_name="rj")
    except SystemExit as ended:
        leave(ended.code if isinstance(ended.code, int) else 1)
    except KeyboardInterrupt:
        leave(130)


if __name__ == "__main__":
    main()
