"""`infusion-fhir explain`: what an error code means, what to do, and who must act."""

from typing import Annotated, Any, Final

import typer

from integration import error_codes, errors
from integration.cli import options, output
from integration.errors import Explanation

UNKNOWN_CODE: Final = "IF-USE-13"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(explain)


def explain(
    code: Annotated[str, typer.Argument(help="A code such as IF-STO-02; none lists them all.")] = "",
    home: options.Home = None,
    as_json: options.Json = False,
) -> None:
    """Say what a code means.

    Example: infusion-fhir explain IF-STO-02
    """
    del home
    if not code:
        _list_codes(as_json=as_json)
        return
    found = error_codes.explain(code)
    if found is None:
        raise errors.UsageError(UNKNOWN_CODE, "there is no such code: infusion-fhir explain lists them")
    if as_json:
        output.data_json(_plain(found))
        return
    output.data(f"{found.code}  {found.title}\n\nwhat happened: {found.happened}")
    output.data(f"what to do:    {found.next_step}\nwho must act:  {found.who.value}")


def _list_codes(*, as_json: bool) -> None:
    every = error_codes.explanations().values()
    if as_json:
        output.data_json([_plain(one) for one in every])
        return
    output.table(("code", "what", "who must act"), ((one.code, one.title, one.who.value) for one in every))


def _plain(one: Explanation) -> dict[str, Any]:
    return {
        "code": one.code, "title": one.title, "happened": one.happened, "next": one.next_step, "who": one.who.value,
    }  # fmt: skip
