"""The narrative of a document: what a page that shows it may be trusted with (FHIR's rules txt-1 and txt-2)."""

from html.parser import HTMLParser
from typing import Final

from fhir_profiles import terminology

_TAGS: Final = (
    "div p br span b i em strong small big tt sub sup h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table caption colgroup col "
    "thead tbody tfoot tr th td pre code samp q var abbr acronym cite blockquote hr a"
)
_ATTRIBUTES: Final = (
    "title class id lang xml:lang dir align valign width colspan rowspan headers scope abbr name href xmlns"
)
_ALLOWED_TAGS: Final = frozenset(_TAGS.split())
_ALLOWED_ATTRIBUTES: Final = frozenset(_ATTRIBUTES.split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.fault = ""
        self.has_text = False
        self.roots = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._started(tag, attrs)
        self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._started(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self._fail("its tags do not close in order")

    def handle_data(self, data: str) -> None:
        self.has_text = self.has_text or bool(data.strip())
        if data.strip() and not self.open:
            self._fail("text stands outside its div")

    def handle_decl(self, decl: str) -> None:  # noqa: ARG002 - the parser's own signature
        self._fail("a declaration stands in it")

    def handle_pi(self, data: str) -> None:  # noqa: ARG002 - the parser's own signature
        self._fail("a processing instruction stands in it")

    def unknown_decl(self, data: str) -> None:  # noqa: ARG002 - the parser's own signature
        self._fail("a declaration stands in it")

    def _started(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.roots += not self.open
        if tag not in _ALLOWED_TAGS:
            self._fail("it has a tag that FHIR's narrative does not allow")
        if not self.open and (tag != "div" or dict(attrs).get("xmlns") != terminology.XHTML):
            self._fail("its root is not a div in the XHTML namespace")
        for name, value in attrs:
            if name not in _ALLOWED_ATTRIBUTES or (name == "href" and not _is_harmless(value or "")):
                self._fail("it has an attribute that FHIR's narrative does not allow")

    def _fail(self, says: str) -> None:
        self.fault = self.fault or says


def fault(div: str) -> str:
    """Say why a narrative's `div` may not be shown as it is; nothing if it may."""
    reader = _Reader()
    reader.feed(div)
    reader.close()
    if reader.open or reader.roots != 1:
        reader.fault = reader.fault or "it is not one closed div"
    return reader.fault or ("" if reader.has_text else "it says nothing")


def _is_harmless(target: str) -> bool:
    return target.startswith(("#", "https://", "http://", "mailto:"))
