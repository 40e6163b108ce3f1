"""What the HTTP API needs from outside, and one provider for each part of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

from fastapi import Depends, Request

from application.bulk import BulkSelections
from application.cover import Covers
from application.record_event import CaseworkContext
from application.requests import Requests
from application.victim_messages import NotificationActions
from application.victims import DetailsCheck, Victims
from domain.people import Person
from ports.agencies import Agency, Directory
from ports.agency_admin import AgencyListing, AgencyPauses, KeyStore, ManagedDirectory
from ports.agency_views import PingResult
from ports.answer_links import AnswerLinks
from ports.authentication import Identities
from ports.idempotency import IdempotencyStore
from ports.inbox import Inbox
from ports.receipts import ReceiptStore
from ports.staff import StaffRegister
