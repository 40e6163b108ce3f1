"""The key of the tokens in tests, as a value and as a setting."""

from pydantic import SecretStr

from ports.token_key import TokenKey

TOKEN_KEY_TEXT = "only-for-tests-only-for-tests-only-for-tests"
TOKEN_KEY = TokenKey(TOKEN_KEY_TEXT.encode())
TOKEN_KEY_SETTING = SecretStr(TOKEN_KEY_TEXT)
