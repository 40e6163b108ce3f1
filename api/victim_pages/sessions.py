"""Who has entered the code of a link: a cookie says so, which only a page of this link receives and nothing stores.

It ends by itself, when the victim leaves the page, and when the link stops working. A browser sends it with no request
that begins on another site.
"""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from ports.token_key import TokenKey

COOKIE = "my_case"
IDLE_TIME = timedelta(minutes=20)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Sessions:
    """The sessions of the link with `token`; `is_secure` where the pages are reached by https."""

    key: TokenKey
    token: str
    is_secure: bool

    def make_cookie(self, language: str, now: datetime) -> str:
        """The header that starts a session, or prolongs it."""
        fields = f"{int((now + IDLE_TIME).timestamp())}.{language}"
        return self._cookie(f"{fields}.{self._prove(fields)}", int(IDLE_TIME.total_seconds()))

    def end_cookie(self) -> str:
        """The header that ends the session."""
        return self._cookie("", 0)

    def read_language(self, cookie: str, now: datetime) -> str | None:
        """The language of the session; None: there is none, or it has ended."""
        fields, _, proof = cookie.rpartition(".")
        until, _, language = fields.partition(".")
        is_ours = hmac.compare_digest(proof.encode(errors="replace"), self._prove(fields).encode())
        return language if is_ours and now.timestamp() < int(until) else None

    def _prove(self, fields: str) -> str:
        return self.key.make_session_token(self.token, fields)

    def _cookie(self, value: str, seconds: int) -> str:
        # Only in a link that may exist: the path of a cookie has no other characters.
        path = f"/my-case/{self.token}" if _TOKEN.fullmatch(self.token) else "/my-case"
        secure = "; Secure" if self.is_secure else ""
        return f"{COOKIE}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Strict{secure}"
