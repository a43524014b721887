"""Taking an answer apart and putting it together again; header names are compared without regard to case."""

from dataclasses import replace
from typing import Any

from fhir_profiles import fhir_json
from integration.sandbox import request_kinds
from integration.sandbox.exchange import Response


def document_in(response: Response) -> fhir_json.Document | None:
    """Read the answer's body as a JSON object; None for anything else."""
    return request_kinds.document_of(response.body)


def changed(response: Response, document: Any) -> Response:
    """Give the answer with another document as its body."""
    return replace(response, body=fhir_json.encode(document))


def header(response: Response, name: str) -> str | None:
    """Give one header of an answer, None when it is not there."""
    return next((value for key, value in response.headers.items() if key.lower() == name.lower()), None)


def with_headers(response: Response, **headers: str | None) -> Response:
    """Give the answer with these headers (`content_type` for Content-Type); None takes one off."""
    named = {name.replace("_", "-").lower(): value for name, value in headers.items()}
    kept = {name: value for name, value in response.headers.items() if name.lower() not in named}
    return replace(response, headers=kept | {name: value for name, value in named.items() if value is not None})
