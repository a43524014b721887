"""Code tables: the clinic's words and FHIR's codes, one to one; a table that is not, fails when it is built."""

from collections.abc import Mapping
from typing import Any

from fhir_profiles import terminology
from mappings import codecs
from mappings.codec import Codec
from mappings.scope import Scope, Unfit

_LOOK = "let a person look at the document"


def table(name: str, write: Mapping[str, str], also_read: Mapping[str, str] | None = None) -> Codec:
    """A word of the clinic as a plain FHIR `code`, by a table that never writes two words as one code."""
    read = inverted(name, write)
    for code, word in (also_read or {}).items():
        if read.setdefault(code, word) != word:
            raise ValueError(f"{name}: {code} is read as two words")

    def to_code(value: str, _scope: Scope) -> Any:
        code = write.get(value)
        if code is None:
            raise Unfit(f"has a word that the table {name} does not know", "correct the record, or add the word")
        return code

    def to_word(element: Any, _scope: Scope) -> Any:
        word = read.get(element) if isinstance(element, str) else None
        if word is None:
            raise Unfit(f"has a code that the table {name} does not know", _LOOK)
        return word

    return Codec(f"table {name}", to_code, to_word)


def concepts(
    name: str, write: Mapping[str, tuple[terminology.Concept, ...]], *, tells: int = 0, text: str | None = None
) -> Codec:
    """A word of the clinic as a CodeableConcept; one of its codings tells the word, the others go along.

    The CodeableConcepts are made once and shared by all documents.
    """
    ready = {word: codeable(codings, text) for word, codings in write.items()}
    read = {(codings[tells].system, codings[tells].code): word for word, codings in write.items()}
    if len(read) != len(write):
        raise ValueError(f"{name}: two words have one code")

    def to_concept(value: str, _scope: Scope) -> Any:
        concept = ready.get(value)
        if concept is None:
            raise Unfit(f"has a word that the table {name} does not know", "correct the record, or add the word")
        return concept

    def to_word(element: Any, _scope: Scope) -> Any:
        found = {read[coding] for coding in codecs.codings(element) if coding in read}
        if len(found) != 1:
            raise Unfit(f"has no code, or two, of the table {name}", _LOOK)
        return found.pop()

    def mine(element: Any, _scope: Scope) -> bool:
        return not codecs.codings(element).isdisjoint(read)

    return Codec(f"table {name}", to_concept, to_word, mine=mine)


def codeable(codings: tuple[terminology.Concept, ...], text: str | None = None) -> dict[str, Any]:
    """Write concepts that mean the same as one CodeableConcept."""
    found: dict[str, Any] = {"coding": [concept.coding() for concept in codings]}
    if text is not None:
        found["text"] = text
    return found


def inverted(name: str, write: Mapping[str, str]) -> dict[str, str]:
    """Turn a table round; two words for one code are refused."""
    read = {code: str(word) for word, code in write.items()}
    if len(read) != len(write):
        raise ValueError(f"{name}: two words have one code")
    return read


def spelled(*words: str) -> dict[str, str]:
    """Make the table of words that differ from FHIR's codes only in `_` and `-`."""
    return {word: word.replace("_", "-") for word in words}
