"""What the demonstration shows of the traffic with agencies and victims: each channel, with a case as an example."""

from collections.abc import Collection

from rich.table import Table

from queries.demonstration import ChannelSummary

_CHANNELS = {
    "http": ("signed webhooks", "answered by a webhook"),
    "email": ("email with a link", "answered through the link"),
    "hmpps": ("HMPPS register", "found in the register"),
    "manual": ("a caseworker", "recorded by a caseworker"),
}


def missing_channels(summaries: Collection[ChannelSummary]) -> tuple[str, ...]:
    """A sentence for each channel that was to be used and was not; for the register also where it found nobody."""
    used = {summary.channel: summary for summary in summaries if summary.asked}
    sentences = [f"{channel}: nobody was reached and answered" for channel in _CHANNELS if channel not in used]
    register = used.get("hmpps")
    if register is not None and not register.found:
        sentences.append("hmpps: the register answered, and found nobody")
    return tuple(sentences)


def channels_table(summaries: Collection[ChannelSummary]) -> Table:
    """The channels for people."""
    table = Table(title="How agencies were asked, and answered")
    for column in ("by", "requests", "answers", "for example"):
        table.add_column(column, justify="right" if column in ("requests", "answers") else "left")
    for summary in summaries:
        name, how = _CHANNELS[summary.channel]
        example = f"{summary.ref}: {summary.event.replace('_', ' ')}, {how}"
        table.add_row(name, str(summary.asked), str(summary.answered), example)
    return table
