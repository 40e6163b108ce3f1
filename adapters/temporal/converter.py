"""How values become JSON in Temporal's histories: by pydantic, with each type's schema built once a process."""

from temporalio.contrib.pydantic import PydanticJSONPlainPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultPayloadConverter,
    JSONPlainPayloadConverter,
)

_JSON = PydanticJSONPlainPayloadConverter()
"""Holds the schemas. The library's own converter is made anew for each case and would build them for each."""


class PydanticConverter(CompositePayloadConverter):
    """The library's pydantic converter, but for the schemas that all of its instances share."""

    def __init__(self) -> None:
        """Replace the JSON converter among the usual ones."""
        usual = DefaultPayloadConverter.default_encoding_payload_converters
        super().__init__(*(_JSON if isinstance(each, JSONPlainPayloadConverter) else each for each in usual))


DATA_CONVERTER = DataConverter(payload_converter_class=PydanticConverter)
