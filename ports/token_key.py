"""Tokens: what replaces a text that may be a name, wherever it is not in the vault."""

import hmac
import unicodedata
from dataclasses import dataclass, field

TOKEN_BYTES = 16


@dataclass(frozen=True, slots=True)
class TokenKey:
    """The key of the tokens, which is stored in no database: without it nobody can tell the text from its token.

    A token is an HMAC-SHA-256, so the same text has the same token for as long as the key stays the same.
    """

    secret: bytes = field(repr=False)

    def make_message_token(self, source: str, message_id: str) -> str:
        """The token of another system's id of a message."""
        return self._make_token("message", f"{source}/{message_id}")

    def make_incident_token(self, number: str) -> str:
        """The token of the number of a crime; capitals and spaces do not matter."""
        return self._make_token("incident", "".join(unicodedata.normalize("NFKC", number).split()).casefold())

    def make_record_token(self, account: str, idempotency_key: str) -> str:
        """The token of what an account records under a key that it chose."""
        return self._make_token("record", f"{account} {idempotency_key}")

    def make_mail_token(self, key: str) -> str:
        """The id of the email to an agency under `key`: the same in a repeat, and as good as random to others."""
        return self._make_token("mail", key)

    def make_session_token(self, link: str, fields: str) -> str:
        """The proof that the service itself wrote `fields` for somebody who opened `link` with its code."""
        return self._make_token("session", f"{link} {fields}")

    def make_digest(self, content: bytes) -> bytes:
        """The digest by which the same content is recognised: 32 bytes."""
        return self._authenticate("content", content)

    def _make_token(self, kind: str, value: str) -> str:
        return self._authenticate(kind, value.encode(errors="surrogatepass"))[:TOKEN_BYTES].hex()

    def _authenticate(self, kind: str, value: bytes) -> bytes:
        """The kinds are apart: a text has another token as a message's id than as a crime's number."""
        return hmac.digest(self.secret, kind.encode() + b"\0" + value, "sha256")
