"""Runs one server for as long as somebody holds this process's standard input open.

The servers of the embedded stack must not outlive the process that started them, also where that one was
killed and had no time to stop them. The holder keeps the other end of a pipe; when it dies, the system closes
that end, this process reads the end of its input, and stops the server by its pid. (Linux alone could ask for
a signal at the parent's death instead; but that one comes when the *thread* dies which started the server.)

Run as a script in a fresh interpreter, so it imports nothing of ours: `process_guard.py SIGNAL USER COMMAND…`. USER
is the system user to run as, or empty for the present one. SIGNAL asks the server to end in good order; it
gets ten seconds for that.
"""

import os
import pwd
import signal
import subprocess
import sys
import threading
from typing import TypedDict

SECONDS_TO_END = 10


class RunAs(TypedDict, total=False):
    user: str
    group: int
    extra_groups: list[int]


def main(stop: str, user: str, *command: str) -> int:
    """Runs the command to its end; its exit code."""
    server = subprocess.Popen(command, stdin=subprocess.DEVNULL, cwd="/", **run_as(user))
    threading.Thread(target=_end_with_holder, args=(server, signal.Signals[stop]), daemon=True).start()
    return server.wait()


def run_as(user: str) -> RunAs:
    """The arguments of `subprocess` that start a command as this system user; none for the empty name."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def _end_with_holder(server: "subprocess.Popen[bytes]", stop: signal.Signals) -> None:
    while os.read(0, 1024):
        pass
    server.send_signal(stop)
    try:
        server.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
