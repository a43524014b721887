"""What a codec is: how one value is written and read, and how list items are told apart."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mappings.places import Document, Steps
from mappings.scope import Scope


def every(_element: Any, _scope: Scope) -> bool:
    """Take every item of a list as ours."""
    return True


@dataclass(frozen=True, slots=True)
class Codec:
    """How one value is written and read: two small functions side by side, neither of which changes its argument.

    `keys` are the element's names where it has several, as `value[x]` has. For list items, `mine` tells ours from
    the hospital's, `key` matches an item to its counterpart, and `onto` exchanges one that reads differently.
    """

    how: str
    write: Callable[[Any, Scope], Any]
    read: Callable[[Any, Scope], Any]
    keys: Steps = ()
    mine: Callable[[Any, Scope], bool] = every
    key: Callable[[Any, Scope], Any] | None = None
    onto: Callable[[Document, Document, Scope], None] | None = None
    part: Any = None
