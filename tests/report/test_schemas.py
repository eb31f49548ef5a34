"""The schemas are what the documents' types say, and valid ones."""

from __future__ import annotations

import jsonschema
import pytest

from poolshift.report.schemas import DOCUMENTS, schema_of


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_is_valid_and_asks_for_itself(name: str) -> None:
    schema = schema_of(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"poolshift.{name}/1"
    assert schema["required"][0] == "schema"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema).validate({"schema": "poolshift.other/1"})


def test_unknown_document_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        schema_of("nope")
