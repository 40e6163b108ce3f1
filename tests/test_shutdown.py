import subprocess
import sys

LEAVING = """
import sys
from shutdown import hard_exit

class Held:
    def __del__(self):
        print("taken apart")

held = Held()
print("last words")
hard_exit(7)
"""


def test_leaving_writes_out_what_is_buffered_and_takes_nothing_apart() -> None:
    done = subprocess.run([sys.executable, "-c", LEAVING], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (7, "last words\n")
