"""Notifications through GOV.UK Notify, by its own client: email, text and letter, each with one template.

Notify sends again what it receives again under the same reference. So before any attempt but the first, it is asked
what it has under that reference, so that nothing is sent twice.
"""

import asyncio
import re
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Self

from notifications_python_client.errors import APIError, HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from adapters.notifications.wording import address_lines
from domain.vocabulary import Contact
from ports.notifications import NotificationRejected, NotificationText, OutgoingNotification, Recipient

REQUEST_TIMEOUT = 15
"""For connecting, and again for each wait for something to read: an attempt makes two requests at most."""
MAX_CONCURRENT = 10
CLIENT: Any = NotificationsAPIClient
"""Its package says that it is typed, and types nothing."""
ADDRESS_REJECTED = (400, "ValidationError")
"""What Notify says of an address. Its other errors are about the key, the templates, a limit or the service."""


class NotifyChannel:
    """Implements `ports.notifications.NotificationChannel`; used as a context, it holds its threads meanwhile.

    `templates` are ids, as far as there are any. Templates of emails and letters have the fields `subject` and
    `body`, those of texts have `body`.
    """

    def __init__(self, url: str, api_key: str, templates: Mapping[Contact, str]) -> None:
        self._url = url
        self._api_key = api_key
        self._templates = {form: template for form, template in templates.items() if template}
        self._threads = ThreadPoolExecutor(MAX_CONCURRENT, thread_name_prefix="notify")
        self._of_thread = threading.local()
        self.forms = frozenset(self._templates)

    async def __aenter__(self) -> Self:
        """Return the channel."""
        return self

    async def __aexit__(self, *_error: object) -> None:
        """Accept no more; what is under way ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def send(
        self, form: Contact, to: Recipient, notification: OutgoingNotification, text: NotificationText
    ) -> str:
        """See the port."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._send, form, to, notification, text)

    def _send(self, form: Contact, to: Recipient, notification: OutgoingNotification, text: NotificationText) -> str:
        if not hasattr(self._of_thread, "client"):
            # The client is not made to be shared by threads.
            self._of_thread.client = CLIENT(self._api_key, self._url, REQUEST_TIMEOUT)
        client = self._of_thread.client
        try:
            if notification.attempts > 1:
                known = client.get_all_notifications(reference=notification.reference)["notifications"]
                if known:
                    return str(known[0]["id"])
            response = self._post(client, form, to, notification.reference, text)
            return str(response["id"])
        except HTTPError as error:
            raise _to_rejection(error) from None
        except (APIError, KeyError, TypeError, AttributeError):
            # A 2xx that is not what Notify answers, such as a proxy's own page.
            raise NotificationRejected("answer unreadable") from None

    def _post(self, client: Any, form: Contact, to: Recipient, reference: str, text: NotificationText) -> Any:
        template = self._templates[form]
        match form:
            case Contact.EMAIL:
                fields = {"subject": text.subject, "body": text.body}
                return client.send_email_notification(to.address, template, fields, reference)
            case Contact.TEXT:
                fields = {"body": text.body}
                return client.send_sms_notification(to.address, template, fields, reference)
            case _:
                lines = enumerate(address_lines(to.name, to.address), 1)
                address = {f"address_line_{number}": line for number, line in lines}
                fields = {**address, "subject": text.subject, "body": text.body}
                return client.send_letter_notification(template, fields, reference)


def _to_rejection(error: HTTPError) -> NotificationRejected:
    """Return Notify's error as codes: its messages are for people, may change, and may repeat what was sent."""
    if error.response is None:
        return NotificationRejected("unreachable")
    errors = error.message
    first = errors[0] if isinstance(errors, list) and errors else None
    name = first.get("error") if isinstance(first, dict) else None
    kind = name if isinstance(name, str) and re.fullmatch(r"[A-Za-z]{1,40}", name) else ""
    is_permanent = (error.status_code, kind) == ADDRESS_REJECTED
    return NotificationRejected(f"status {error.status_code} {kind}".rstrip(), permanent=is_permanent)
