"""How one record names another that may be of several kinds: `<kind>/<id>`."""

from typing import Annotated

from pydantic import Strict, StringConstraints


def kind_and_id(reference: str) -> tuple[str, str]:
    """Split a reference such as `staff-role/ST-1` into the record's kind, as records spell it, and its id."""
    kind, _, record_id = reference.partition("/")
    return kind.replace("-", "_"), record_id


def reference_to(*kinds: str) -> StringConstraints:
    """Give the form of a reference that may name records of several kinds: `<kind>/<id>`."""
    return StringConstraints(pattern=rf"^(?:{'|'.join(kinds)})/[A-Za-z0-9\-.]{{1,64}}$")


Person = Annotated[str, Strict(), reference_to("staff-role", "patient")]
"""Who measured or reported: `staff-role/<id>` or `patient/<id>`."""
Visit = Annotated[str, Strict(), reference_to("session", "assessment", "follow-up")]
"""Where something was measured: `session/<id>`, `assessment/<id>` or `follow-up/<id>`."""
Cause = Annotated[
    str,
    Strict(),
    reference_to("session", "assessment", "follow-up", "observation", "side-effect", "plan", "condition", "patient"),
]
"""What led to a revision of a plan."""
