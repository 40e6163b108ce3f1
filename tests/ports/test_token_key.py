"""Tokens: the same for the same text and key, and different for anything else."""

import hashlib
import hmac

import pytest

from ports.token_key import TokenKey
from tests.token_keys import TOKEN_KEY, TOKEN_KEY_TEXT


@pytest.mark.parametrize(
    "written",
    ["CR/1042/26", "cr/1042/26", " CR / 1042 / 26 ", "\N{FULLWIDTH LATIN CAPITAL LETTER C}R/1042/26", "CR/1042/26\n"],
)
def test_a_crime_has_one_token_however_its_number_is_typed(written: str) -> None:
    assert TOKEN_KEY.make_incident_token(written) == TOKEN_KEY.make_incident_token("CR/1042/26")


def test_another_crime_another_sender_another_kind_or_another_key_has_another_token() -> None:
    other = TokenKey(b"another key of more than thirty-two bytes")
    tokens = [
        TOKEN_KEY.make_incident_token("CR/1042/26"),
        TOKEN_KEY.make_incident_token("CR/1042/27"),
        TOKEN_KEY.make_message_token("import:forms", "CR/1042/26"),
        TOKEN_KEY.make_message_token("import:other", "CR/1042/26"),
        TOKEN_KEY.make_record_token("import:forms", "CR/1042/26"),
        other.make_incident_token("CR/1042/26"),
        other.make_message_token("import:forms", "CR/1042/26"),
    ]
    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {32}


def test_a_token_is_an_hmac_of_sha_256() -> None:
    expected = hmac.new(TOKEN_KEY_TEXT.encode(), b"incident\0cr/1042/26", hashlib.sha256).hexdigest()[:32]
    assert TOKEN_KEY.make_incident_token("CR/1042/26") == expected
    assert TOKEN_KEY.make_digest(b"x") == hmac.new(TOKEN_KEY_TEXT.encode(), b"content\0x", hashlib.sha256).digest()


def test_a_key_is_shown_nowhere() -> None:
    assert TOKEN_KEY_TEXT not in repr(TOKEN_KEY)
