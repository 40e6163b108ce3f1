"""The catalogues of translations of what victims read, as translators work on them; only the build reads them."""
