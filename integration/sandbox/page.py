"""The page at `/`: what a pretend hospital is like, and what has arrived, in words, while it arrives.

Made here and not in the browser: without scripts it reloads itself every few seconds, with them only the part that
changed is fetched. Nothing comes from anywhere else, and nothing can be changed from here.
"""

import html
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from integration import moments
from integration.sandbox import words
from integration.sandbox.exchange import Response
from integration.sandbox.running import RunningHospital, Seen

PATHS: Final = frozenset({"/", "/live", "/page.css", "/page.js"})

_FILES: Final = Path(__file__).parent / "page_files"
_TYPES: Final = {"/page.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8"}
_SHOWN: Final = 200
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_TONES: Final = {
    words.Tone.STORED: "stored",
    words.Tone.PARTLY: "partly refused",
    words.Tone.REFUSED: "refused",
    words.Tone.ASKED: "asked",
    words.Tone.STAFF: "own staff",
    words.Tone.LOST: "not finished",
}


@dataclass(slots=True)
class _News:
    """One piece of news: equal ones that follow each other are told once."""

    at: float
    tone: words.Tone
    said: list[str]
    times: int = 1


class Page:
    """The page of one hospital."""

    def __init__(self, hospital: RunningHospital) -> None:
        self._hospital = hospital

    def answer(self, path: str, headers: Mapping[str, str]) -> Response:
        """Answer a request for the page or a part of it."""
        if path in _TYPES:
            return Response(200, {**_HEADERS, "Content-Type": _TYPES[path]}, (_FILES / path[1:]).read_bytes())
        total = self._hospital.arrived()
        latest = self._hospital.journal(max(0, total - _SHOWN))
        at = latest[-1].entry.at if latest else 0
        etag = f'"{total}-{sum(self._hospital.faults.struck.values())}-{at:.3f}"'
        if path == "/live" and headers.get("if-none-match") == etag:
            return Response(304, {"ETag": etag})
        live = self._live(latest, total)
        whole = live if path == "/live" else self._whole(live)
        return Response(200, {**_HEADERS, "ETag": etag, "Content-Type": "text/html; charset=utf-8"}, whole.encode())

    def _whole(self, live: str) -> str:
        about = self._hospital.character.about
        url = html.escape(self._hospital.base_url)
        return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>TEST: {html.escape(about.title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
<noscript><meta http-equiv="refresh" content="3"></noscript>
</head>
<body>
<p class="banner" role="note"><strong>TEST</strong> A pretend hospital to practise on: no real patients.</p>
<header>
<h1>{html.escape(about.title)}</h1>
<p>{html.escape(about.says.strip())}</p>
<p>FHIR R4 address: <code>{url}</code> · <a href="{url}/metadata">what it can do</a></p>
</header>
<main id="live">
{live}
</main>
</body>
</html>
"""

    def _live(self, latest: list[Seen], total: int) -> str:
        return "\n".join((self._here(), self._faults(), self._arrived(latest, total)))

    def _here(self) -> str:
        counts = self._hospital.counts()
        rows = "".join(
            f'<tr><th scope="row">{html.escape(name)}</th><td>{count}</td></tr>' for name, count in counts.items()
        )
        table = f"<table><tbody>{rows}</tbody></table>" if rows else "<p>Nothing yet.</p>"
        return f'<section class="here"><h2>What is here</h2>{table}</section>'

    def _faults(self) -> str:
        whole, struck = self._hospital.faults.whole, self._hospital.faults.struck
        if not whole.kinds:
            return '<section class="faults"><h2>Faults</h2><p>None are switched on.</p></section>'
        says = {kind.name: kind.says for kind in whole.kinds}
        items = "".join(
            f"<li><code>{html.escape(name)}</code> {html.escape(says[name])}: <strong>{_times(times)}</strong></li>"
            for name, times in struck.items()
        )
        return (
            f'<section class="faults"><h2>Faults</h2><p>{html.escape(whole.about)}</p>'
            f"<details><summary>struck: {_times(sum(struck.values()))}</summary><ul>{items}</ul></details></section>"
        )

    def _arrived(self, latest: list[Seen], total: int) -> str:
        news = list(self._news(latest))
        items = "".join(map(_item, reversed(news)))
        begun = f"<p>The latest {len(latest)} of {total}.</p>" if total > len(latest) else ""
        shown = f"{begun}<ol reversed>{items}</ol>" if items else "<p>Nothing has arrived yet. This page is live.</p>"
        return f'<section class="arrived"><h2>What arrived <small>(times in UTC)</small></h2>{shown}</section>'

    def _news(self, latest: Iterable[Seen]) -> Iterable[_News]:
        last: _News | None = None
        for seen in latest:
            one = _News(seen.entry.at, words.tone(seen), words.said(seen, self._hospital.look))
            if last is not None and (last.tone, last.said) == (one.tone, one.said):
                last.at, last.times = one.at, last.times + 1
                continue
            if last is not None:
                yield last
            last = one
        if last is not None:
            yield last


def _item(news: _News) -> str:
    at = moments.utc(news.at)
    said = "".join(f"<p>{html.escape(line)}</p>" for line in news.said)
    again = f" <span class=times>{_times(news.times)}</span>" if news.times > 1 else ""
    return (
        f'<li class="{news.tone.value}"><time datetime="{at}">{at[11:19]}</time>'
        f'<span class="tone">{_TONES[news.tone]}</span><div>{said}{again}</div></li>'
    )


def _times(number: int) -> str:
    return {0: "never", 1: "once", 2: "twice"}.get(number, f"{number} times")
