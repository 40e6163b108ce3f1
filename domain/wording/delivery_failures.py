"""What the code of a failed attempt to reach an agency means, and what to check: for staff, not for agencies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailureText:
    """A code in words: what happened, as half a sentence, and what to look at, after `check`."""

    happened: str
    look_at: str


_ADDRESS = "the address in the directory"
_THEIR_SERVER = "whether the agency's server is running; requests are tried again until it is"
_THEIR_KEY = "whether the agency has our newest key, and whether its clock is right"
"""What to check, in several of the following."""

FAILURES: dict[str, FailureText] = {
    "timeout": FailureText("no answer came in time", f"{_THEIR_SERVER}; whether a firewall blocks us"),
    "refused": FailureText("nothing accepts connections there", f"{_ADDRESS}, with its port; {_THEIR_SERVER}"),
    "broken_off": FailureText("the connection broke off before the answer was complete", _THEIR_SERVER),
    "unknown_name": FailureText(
        "the host name in its address is unknown", f"the spelling of {_ADDRESS}; its DNS entry"
    ),
    "bad_address": FailureText("its address cannot be used", _ADDRESS),
    "address_not_allowed": FailureText(
        "its address is in a network that is not public", f"{_ADDRESS}; RJ_ALLOWED_NETWORKS, if it is right"
    ),
    "https_required": FailureText(
        "its address is not encrypted",
        f"{_ADDRESS}, which must begin with https; RJ_ALLOWED_NETWORKS, for an internal one",
    ),
    "certificate": FailureText(
        "its certificate cannot be trusted", "its name, its date and who signed it; the CA in the settings"
    ),
    "tls": FailureText(
        "an encrypted connection could not be made", "which versions of TLS the other side supports, and on which port"
    ),
    "too_large": FailureText("the answer was too large", f"{_ADDRESS}: something else may answer there"),
    "unreadable": FailureText(
        "the answer is not one of the register's", f"{_ADDRESS}: something else may answer there"
    ),
    "no_key": FailureText("we have no key to sign with", "the agency's keys: rj agency rotate-key, with --ours"),
    "not_configured": FailureText(
        "the settings of this channel are missing", "the settings of the channel, RJ_HMPPS_… or RJ_SMTP_…"
    ),
    "not_authorised": FailureText(
        "the register does not accept us", "RJ_HMPPS_CERT, RJ_HMPPS_KEY and RJ_HMPPS_API_KEY; what they may read"
    ),
    "unusable_certificate": FailureText(
        "our certificate or its key cannot be used", "the files that RJ_HMPPS_CERT, RJ_HMPPS_KEY and RJ_HMPPS_CA name"
    ),
    "wrong_question": FailureText("the register answers only traces", "the agency's questions in the directory"),
    "details_missing": FailureText(
        "too little is known of the offender to search for them",
        "the details in the case: a name with a date of birth, or a PNC number",
    ),
    "no_relay": FailureText("there is no relay for email", "RJ_SMTP_HOST and the settings that belong to it"),
    "not_offered": FailureText("the relay does not offer what is needed", "RJ_SMTP_SECURITY, RJ_SMTP_USERNAME"),
}
"""In `rj show`, `rj stuck` and `rj agency ping`: after a word as the code."""

_STATUSES: tuple[tuple[range, FailureText], ...] = (
    (range(300, 400), FailureText("it redirects us, which we do not follow", "the address that it points to")),
    (range(401, 402), FailureText("it does not accept our signature", _THEIR_KEY)),
    (range(403, 404), FailureText("it refuses us access", f"{_THEIR_KEY}; whether it accepts our IP address")),
    (range(404, 406), FailureText("nothing accepts requests at its address", _ADDRESS)),
    (range(410, 411), FailureText("its address no longer accepts requests", _ADDRESS)),
    (range(429, 430), FailureText("it gets too many requests", "nothing: it is tried again when the agency says")),
    (range(400, 500), FailureText("it does not accept what is sent", "the agency's log, with its developer")),
    (range(500, 600), FailureText("its server failed", _THEIR_SERVER)),
)
"""The same after a status of HTTP."""
_SMTP: tuple[tuple[range, FailureText], ...] = (
    (range(400, 500), FailureText("the relay does not accept it at present", "the relay's log; it is tried again")),
    (range(530, 536), FailureText("the relay refused our login", "RJ_SMTP_USERNAME and RJ_SMTP_PASSWORD")),
    (range(500, 600), FailureText("the relay does not accept it", f"{_ADDRESS}; RJ_MAIL_FROM; the relay's log")),
)
"""The same after a status of a mail relay."""
_UNKNOWN = FailureText("it failed in an unknown way", "the log of the worker")
"""The same after any other code."""


def describe_failure(code: str) -> FailureText:
    """Describe a code as in `Unreachable`: a word, or `status` or `smtp` with a number, and perhaps more."""
    word, number = (*code.split(), "", "")[:2]
    families = {"status": _STATUSES, "smtp": _SMTP}
    if word in families and number.rstrip(":,").isdigit():
        status = int(number.rstrip(":,"))
        return next((text for span, text in families[word] if status in span), _UNKNOWN)
    return FAILURES.get(word, _UNKNOWN)
