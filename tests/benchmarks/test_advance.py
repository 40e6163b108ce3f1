from benchmarks.advance import advance_rate


async def test_a_tiny_run_has_its_rate_and_that_of_a_copy() -> None:
    result = await advance_rate(pairs=1, lives=2)

    assert result["name"] == "advance"
    assert min(result["rate"], result["floor"]["rate"], result["ratio"]) > 0
