"""A webhook that was answered 202 ends as applied or refused, once and in its turn, whatever is killed meanwhile.

The seed is printed; CHAOS_SEED=<number> gives it.
"""

import json
import sys

import pytest

from benchmarks.chaos.webhooks import Size, chaos


@pytest.mark.long
async def test_every_acknowledged_webhook_ends_once_and_in_its_turn(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        # It raises where one is lost, applied twice or out of turn, where a chain is broken or an agency asked twice.
        result = await chaos(Size())
        sys.stdout.write(f"{json.dumps(result)}\n")

    assert (result["acknowledged"], result["applied"] + result["refused"]) == (2000, 2000)
    troubles = {"server.py killed", "worker.py killed", "Temporal restarted", "PostgreSQL restarted"}
    assert troubles <= result.keys(), "every kind of trouble came"
    assert result["pairs_in_order"] > result["acknowledged"], "few messages were sent after another was acknowledged"
