"""What the code of a failed attempt to reach an agency means, and what to look at: for staff, not for agencies."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FailureText:
    """A code in words: what happened, as half a sentence, and what whoever wants to mend it looks at."""

    happened: str
    look_at: str


_ADDRESS = "the address in the directory"
_THEIR_SERVER = "whether the agency's server runs; an ask is tried again until it does"
_THEIR_KEY = "whether the agency has our newest key, and whether its clock is right"

CODES: dict[str, FailureText] = {
    "timeout": FailureText("no answer came in time", f"{_THEIR_SERVER}; whether a firewall lets us through"),
    "refused": FailureText("nothing takes connections there", f"{_ADDRESS}, with its port; {_THEIR_SERVER}"),
    "broken_off": FailureText("the connection broke off before the answer was there", _THEIR_SERVER),
    "unknown_name": FailureText(
        "the name in its address leads nowhere", f"the spelling of {_ADDRESS}; its entry in DNS"
    ),
    "bad_address": FailureText("its address cannot be used", _ADDRESS),
    "address_not_allowed": FailureText(
        "its address lies in a network that is not public", f"{_ADDRESS}; RJ_ALLOWED_NETWORKS, if it is meant"
    ),
    "https_required": FailureText(
        "its address is not encrypted", "an address with https; RJ_ALLOWED_NETWORKS, for one inside"
    ),
    "certificate": FailureText(
        "its certificate is not one that can be trusted", "its name, its date and who signed it; the CA in the settings"
    ),
    "tls": FailureText(
        "no encrypted connection came about", "which versions of TLS the other side speaks, and at which port"
    ),
    "too_large": FailureText(
        "the answer was larger than any should be", f"{_ADDRESS}: something else may answer there"
    ),
    "unreadable": FailureText(
        "the answer is none that the register gives", f"{_ADDRESS}: something else may answer there"
    ),
    "no_key": FailureText("there is no key of ours to sign with", "rj agency rotate-key, with --ours"),
    "not_configured": FailureText(
        "what this channel needs is not set", "the settings of the channel, RJ_HMPPS_… or RJ_SMTP_…"
    ),
    "not_authorised": FailureText(
        "the register does not accept us", "RJ_HMPPS_CERT, RJ_HMPPS_KEY and RJ_HMPPS_API_KEY; what they may read"
    ),
    "unusable_certificate": FailureText(
        "our certificate or its key cannot be used", "the files that RJ_HMPPS_CERT, RJ_HMPPS_KEY and RJ_HMPPS_CA name"
    ),
    "wrong_question": FailureText("the register answers nothing but traces", "the agency's questions in the directory"),
    "details_missing": FailureText(
        "too little is known of the offender to search for them",
        "the case: a name with a date of birth, or a PNC number",
    ),
    "no_relay": FailureText("there is no relay for e-mail", "RJ_SMTP_HOST and what belongs to it"),
    "not_offered": FailureText("the relay does not offer what it is asked for", "RJ_SMTP_SECURITY, RJ_SMTP_USERNAME"),
}
"""The codes that stand alone."""

_STATUSES: tuple[tuple[range, FailureText], ...] = (
    (range(300, 400), FailureText("it sends us elsewhere, where we do not follow", "the address that it points to")),
    (range(401, 402), FailureText("it does not accept our signature", _THEIR_KEY)),
    (range(403, 404), FailureText("it does not let us in", f"{_THEIR_KEY}; whether it lets our address through")),
    (range(404, 406), FailureText("nothing takes asks at its address", _ADDRESS)),
    (range(410, 411), FailureText("what took asks at its address is gone", _ADDRESS)),
    (range(429, 430), FailureText("it is asked too often", "nothing: an ask is tried again when it says")),
    (range(400, 500), FailureText("it does not take what is sent", "the agency's log, with its developer")),
    (range(500, 600), FailureText("its server failed", _THEIR_SERVER)),
)
_SMTP: tuple[tuple[range, FailureText], ...] = (
    (range(400, 500), FailureText("the relay does not take it now", "the relay's log; it is tried again")),
    (range(530, 536), FailureText("the relay does not let us in", "RJ_SMTP_USERNAME and RJ_SMTP_PASSWORD")),
    (range(500, 600), FailureText("the relay does not take it", f"{_ADDRESS}; RJ_MAIL_FROM; the relay's log")),
)
_UNKNOWN = FailureText("it went wrong in a way that has no words", "the log of the worker")


def describe_failure(code: str) -> FailureText:
    """What `code` means, as in `Unreachable`: a word, or `status` or `smtp` with a number, and perhaps more."""
    word, number = (*code.split(), "", "")[:2]
    families = {"status": _STATUSES, "smtp": _SMTP}
    if word in families and number.rstrip(":,").isdigit():
        status = int(number.rstrip(":,"))
        return next((meaning for span, meaning in families[word] if status in span), _UNKNOWN)
    return CODES.get(word, _UNKNOWN)
