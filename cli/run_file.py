"""How the embedded stack of this checkout says how it is reached, while it runs."""

import json
from pathlib import Path
from typing import Any

from cli.errors import fail

RUN_SETTINGS = Path(__file__).resolve().parents[1] / ".local/run/settings.json"


def read_stack_settings(run_file: Path = RUN_SETTINGS) -> dict[str, Any] | None:
    """The settings of the running embedded stack; None: none is running. Raises UsageError."""
    try:
        settings = json.loads(run_file.read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        fail(f"the settings of the embedded stack cannot be read ({type(error).__name__}): {run_file}")
    if not isinstance(settings, dict):
        fail(f"the settings of the embedded stack are not an object: {run_file}")
    return settings
