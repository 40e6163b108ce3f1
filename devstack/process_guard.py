"""Runs one server for as long as another process holds this one's standard input open.

The servers of the embedded stack must not outlive the process that started them, even if that one was killed and could
not stop them. The holder keeps the other end of a pipe. When the holder dies, the system closes that end, this process
reads the end of its input, and stops the server. (Linux alone could send a signal at the parent's death instead, but
at the death of the *thread* that started the server.)

What the server prints and is not JSON becomes JSON here, so that each line of each log is.

Runs as a script in a fresh interpreter, and imports nothing of the project: `process_guard.py SIGNAL USER COMMAND…`.
USER is the system user to run as, or empty for the present one. SIGNAL asks the server to end in good order, for which
it has ten seconds.
"""

import json
import os
import pwd
import signal
import subprocess
import sys
import threading
import time
from typing import TypedDict

END_TIMEOUT = 10


class RunAs(TypedDict, total=False):
    user: str
    group: int
    extra_groups: list[int]


def main(stop: str, user: str, *command: str) -> int:
    """Run the command to its end; its exit code."""
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        bufsize=0,
        **run_as(user),
    )
    threading.Thread(target=_end_with_holder, args=(server, signal.Signals[stop]), daemon=True).start()
    assert server.stdout is not None
    for line in server.stdout:
        entry = line
        if not line.startswith(b"{"):
            at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
            text = line.decode(errors="replace").rstrip()
            entry = json.dumps({"event": text, "timestamp": at}).encode() + b"\n"
        os.write(1, entry)
    return server.wait()


def run_as(user: str) -> RunAs:
    """The arguments of `subprocess` that start a command as this system user; none for the empty name."""
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def _end_with_holder(server: "subprocess.Popen[bytes]", stop: signal.Signals) -> None:
    while os.read(0, 1024):
        pass
    server.send_signal(stop)
    try:
        server.wait(END_TIMEOUT)
    except subprocess.TimeoutExpired:
        server.kill()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
