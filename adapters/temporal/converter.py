"""How values become JSON in Temporal's histories: by pydantic, with one schema of each type in a process."""

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)

_JSON = PydanticJSONPlainPayloadConverter()
"""Holds the schemas. The library creates a converter for each case, which would build them again for each."""


class PydanticConverter(CompositePayloadConverter):
    """The library's pydantic converter, with schemas that all instances share."""

    def __init__(self) -> None:
        """Replace the JSON converter among the default ones."""
        usual = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(
            *(_JSON if isinstance(converter, JSONPlainPayloadConverter) else converter for converter in usual)
        )


DATA_CONVERTER = DataConverter(payload_converter_class=PydanticConverter)
