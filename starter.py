"""The command line `rj`: puts its commands together."""

from shutdown import hard_exit


def main() -> None:
    """Run the command that the arguments name, and end the process."""
    try:
        from cli.app import app  # noqa: PLC0415 - so that an early Ctrl-C is quiet too

        app(prog_name="rj")
    except SystemExit as ended:
        hard_exit(ended.code if isinstance(ended.code, int) else 1)
    except KeyboardInterrupt:
        hard_exit(130)


if __name__ == "__main__":
    main()
