"""Files of the embedded stack that hold something secret or personal."""

import os
from pathlib import Path


def write_secret(file: Path, content: bytes) -> None:
    """Write `content` to `file`, whole or not at all; only its owner can read it."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(content)
    draft.replace(file)
