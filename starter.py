"""The command line `rj`."""

import signal


def main() -> None:
    """Run the command that the arguments name, and end the process."""
    try:
        from cli.app import app  # noqa: PLC0415 - an interrupt while it is loaded is quiet too

        app(prog_name="rj")
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except KeyboardInterrupt:
        code = 130
    # The command has ended: an interrupt would only show where.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from shutdown import hard_exit  # noqa: PLC0415

    hard_exit(code)


if __name__ == "__main__":
    main()
