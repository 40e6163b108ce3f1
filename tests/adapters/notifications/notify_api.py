"""An HTTP server that behaves as GOV.UK Notify's API does: it checks the token, the template's fields and addresses.

Written after its published documentation: paths, bodies, statuses and the two fields of each error.
"""

import re
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

SERVICE = "26785a09-ab16-4eb0-8407-a37497a57506"
SECRET = "3d844edf-8d35-48ac-975b-e847b4f122b0"
API_KEY = f"casework-{SERVICE}-{SECRET}"
EMAIL_TEMPLATE = "9d751e0e-f929-4891-82a1-a3e1c3c18ee3"
TEXT_TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"
LETTER_TEMPLATE = "64415853-cb86-4cc4-b597-2aaa94ef8c39"

KINDS = {"email": EMAIL_TEMPLATE, "sms": TEXT_TEMPLATE, "letter": LETTER_TEMPLATE}
FIELDS = {"email": ("subject", "body"), "sms": ("body",), "letter": ("subject", "body")}
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}")
LONGEST_TEXT = 918
SECONDS_OFF = 30


class NotifyProblem(Exception):
    """A request is answered with an error."""

    def __init__(self, status: int, error: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"status_code": status, "errors": [{"error": error, "message": message}]}


@dataclass
class NotifyApi:
    """What was sent, each as its request with `id` and `type`; and what is to go wrong with the next requests.

    `failing` are answered to the next sendings in turn, and nothing is taken; of `losing` sendings the message is
    taken and the answer is lost.
    """

    sent: list[dict[str, Any]] = field(default_factory=list)
    failing: list[NotifyProblem] = field(default_factory=list)
    losing: int = 0
    asked_for: list[str] = field(default_factory=list)
    url: str = ""

    def forget(self) -> None:
        """Start again."""
        self.sent, self.failing, self.asked_for, self.losing = [], [], [], 0

    async def before_answer(self) -> None:
        """What happens between taking a message and saying so."""

    def application(self) -> FastAPI:
        app = FastAPI()

        @app.exception_handler(NotifyProblem)
        async def _answer_refusal(_request: Request, refused: NotifyProblem) -> JSONResponse:
            return JSONResponse(refused.body, refused.status)

        @app.post("/v2/notifications/{kind}", status_code=201)
        async def send(kind: str, request: Request) -> dict[str, Any]:
            _check_token(request)
            taken = self._take(kind, await request.json())
            await self.before_answer()
            return taken

        @app.get("/v2/notifications")
        async def find(request: Request, reference: str) -> dict[str, Any]:
            _check_token(request)
            self.asked_for.append(reference)
            found = [sending for sending in self.sent if sending["reference"] == reference]
            shown = [{"id": sending["id"], "reference": reference, "type": sending["type"]} for sending in found]
            return {"notifications": shown, "links": {"current": str(request.url)}}

        return app

    def _take(self, kind: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.failing:
            raise self.failing.pop(0)
        _check_template(kind, body)
        _check_address(kind, body)
        notification = {"id": str(uuid.uuid4()), "type": kind, **body}
        self.sent.append(notification)
        if self.losing:
            self.losing -= 1
            raise NotifyProblem(500, "Exception", "Internal server error")
        return {
            "id": notification["id"],
            "reference": body.get("reference"),
            "content": {"body": body["personalisation"]["body"]},
            "uri": f"https://notify.example/v2/notifications/{notification['id']}",
            "template": {"id": body["template_id"], "version": 1, "uri": ""},
        }


def _check_token(request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer":
        raise NotifyProblem(401, "AuthError", "Unauthorized: authentication token must be provided")
    try:
        claims = jwt.decode(token, OctKey.import_key(SECRET), algorithms=["HS256"]).claims
    except JoseError:
        raise NotifyProblem(403, "AuthError", "Invalid token: API key not found") from None
    if claims["iss"] != SERVICE:
        raise NotifyProblem(403, "AuthError", "Invalid token: service not found")
    if abs(time.time() - claims["iat"]) > SECONDS_OFF:
        raise NotifyProblem(403, "AuthError", "Error: Your system clock must be accurate to within 30 seconds")


def _check_template(kind: str, body: dict[str, Any]) -> None:
    if body.get("template_id") != KINDS.get(kind):
        raise NotifyProblem(400, "BadRequestError", "Template not found")
    given = body.get("personalisation", {})
    missing = [name for name in FIELDS[kind] if name not in given]
    if missing:
        raise NotifyProblem(400, "BadRequestError", f"Missing personalisation: {', '.join(missing)}")
    if kind == "sms" and len(given["body"]) > LONGEST_TEXT:
        raise NotifyProblem(400, "BadRequestError", f"Text messages cannot be longer than {LONGEST_TEXT} characters")


def _check_address(kind: str, body: dict[str, Any]) -> None:
    """Its real messages repeat what was sent in some places; so does this one."""
    if kind == "email" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", body.get("email_address", "")):
        raise NotifyProblem(
            400, "ValidationError", f"email_address {body.get('email_address')} is not a valid email address"
        )
    if kind == "sms" and len(re.sub(r"\D", "", body.get("phone_number", ""))) < 10:
        raise NotifyProblem(400, "ValidationError", f"phone_number {body.get('phone_number')} Not enough digits")
    if kind == "letter":
        lines = [body["personalisation"].get(f"address_line_{number}", "") for number in range(1, 8)]
        given = [line for line in lines if line]
        if len(given) < 3:
            raise NotifyProblem(400, "ValidationError", "Address must be at least 3 lines")
        if not POSTCODE.fullmatch(given[-1]):
            raise NotifyProblem(400, "ValidationError", f"{given[-1]}: last line of address must be a real UK postcode")
