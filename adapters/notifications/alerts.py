"""Sends urgent alerts at once, at any hour: to the supervisors of the area and to its duty address.

Alerts about people's safety do not wait for the morning digest. An email has the reference and the area, and names
nobody. Each recipient is sent an alert once; a repeat after a crash has the same `Message-ID`.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import structlog

from adapters.channels.mail import create_message
from adapters.channels.relay import MailNotSent, Relay
from adapters.polling import PollingLoop, run_together
from adapters.postgres.alerts import LeasedAlert, PostgresAlerts
from domain.wording.alerts import ALERT_FOOTER, ALERT_SUBJECT
from ports.backoff import Backoff

log = structlog.get_logger("adapters.notifications.alerts")

BATCH = 10
LEASE_SECONDS = 300.0
"""Longer than a relay takes for all recipients of an alert."""
IDLE_SECONDS = 0.5
BACKOFF = Backoff(first=5.0, longest=600.0)
DUTY = "duty"
"""The recipient that is an area's duty address."""


class AlertSender(PollingLoop):
    """Sends alerts through `relay`, from `sender`; `duty_addresses` are those of the areas that have one."""

    def __init__(self, alerts: PostgresAlerts, relay: Relay, sender: str, duty_addresses: Mapping[str, str]) -> None:
        super().__init__("alerts")
        self._alerts = alerts
        self._relay = relay
        self._sender = sender
        self._duty_addresses = duty_addresses

    async def poll(self) -> float:
        """Send what waits."""
        return 0.0 if await self.send_due() else IDLE_SECONDS

    async def send_due(self) -> int:
        """Send some alerts, concurrently, and return how many there were."""
        due = await self._alerts.lease(BATCH, LEASE_SECONDS)
        await run_together(self._send(alert) for alert in due)
        return len(due)

    async def _send(self, alert: LeasedAlert) -> None:
        recipients = dict(await self._alerts.find_recipients(alert))
        duty = self._duty_addresses.get(alert.area)
        if duty and not alert.account:
            recipients[DUTY] = duty
        if not recipients and not alert.account:
            log.error("alerts.nobody_to_alert", alert=alert.key, area=alert.area)
        is_done = bool(recipients or alert.account)
        subject = ALERT_SUBJECT.format(ref=alert.ref, area=alert.area)
        content = "\n\n".join((*alert.wording, ALERT_FOOTER.format(ref=alert.ref))) + "\n"
        for recipient, address in recipients.items():
            if recipient in alert.alerted:
                continue
            try:
                message = create_message(self._sender, address, subject, f"alert {alert.key} {address}")
                message.set_content(content)
                await self._relay.send(message)
            except MailNotSent as error:
                log.warning("alerts.not_sent", alert=alert.key, recipient=recipient, code=error.code)
                is_done = is_done and error.permanent
            else:
                await self._alerts.record_sent(alert.key, recipient)
                log.info("alerts.sent", alert=alert.key, recipient=recipient)
        if is_done:
            await self._alerts.finish(alert.key)
        else:
            pause = timedelta(seconds=BACKOFF.pause(alert.attempts))
            await self._alerts.postpone(alert.key, datetime.now(UTC) + pause)
