"""Where each key of a TOML text stands: `tomllib` reads the values and forgets the lines, a person needs them.

Used only on text that `tomllib` has read without complaint, so it may be simple: it knows strings, lists, inline tables
and headings, and nothing of numbers or dates.
"""

import re

Path = tuple[str | int, ...]

_SPACE = re.compile(r"(?:\s|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'',
    re.DOTALL,
)


def lines(text: str) -> dict[Path, int]:
    """Give the line, counted from 1, of every key, heading and list item of a TOML text."""
    return _Scan(text.replace("\r\n", "\n")).whole()


def line_of(found: dict[Path, int], path: Path) -> int:
    """Give the line of a key, or of the nearest heading above it when the key itself is not there."""
    while path and path not in found:
        path = path[:-1]
    return found.get(path, 1)


class _Scan:
    """One walk through a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self.counted = (0, 1)

    def whole(self) -> dict[Path, int]:
        """Walk through headings and keys."""
        table: Path = ()
        self._skip(_SPACE)
        while self.at < len(self.text):
            table = self._heading() if self.text[self.at] == "[" else self._pair(table)
            self._skip(_SPACE)
        return self.found

    def _heading(self) -> Path:
        many = self.text.startswith("[[", self.at)
        line = self._line()
        self.at += 2 if many else 1
        path = self._resolved(self._key())
        self.at += 2 if many else 1
        if many:
            self.found.setdefault(path, line)
            self.counts[path] = self.counts.get(path, -1) + 1
            path = (*path, self.counts[path])
        self.found.setdefault(path, line)
        return path

    def _resolved(self, key: Path) -> Path:
        """Put the number of the item in that a heading such as `[fault.on]` belongs to."""
        path: Path = ()
        for step in key[:-1]:
            path = (*path, step)
            if path in self.counts:
                path = (*path, self.counts[path])
        return (*path, key[-1])

    def _pair(self, table: Path) -> Path:
        line = self._line()
        path = (*table, *self._key())
        for n in range(len(table) + 1, len(path) + 1):
            self.found.setdefault(path[:n], line)
        self._skip(_BLANK)
        self.at += 1  # the equals sign
        self._skip(_BLANK)
        self._value(path)
        return table

    def _key(self) -> Path:
        steps: list[str | int] = []
        while True:
            self._skip(_BLANK)
            quoted = _STRING.match(self.text, self.at)
            bare = _BARE_KEY.match(self.text, self.at)
            step = quoted[0][1:-1] if quoted else bare[0] if bare else ""
            steps.append(step)
            self.at += len(quoted[0] if quoted else step)
            self._skip(_BLANK)
            if self.text[self.at : self.at + 1] != ".":
                return tuple(steps)
            self.at += 1

    def _value(self, path: Path) -> None:
        string = _STRING.match(self.text, self.at)
        first = self.text[self.at : self.at + 1]
        if string:
            self.at = string.end()
        elif first == "[":
            self._items(path)
        elif first == "{":
            self._inline(path)
        else:
            self._skip(_BARE_VALUE)

    def _items(self, path: Path) -> None:
        self.at += 1
        number = 0
        while not self._closes("]"):
            self.found[(*path, number)] = self._line()
            self._value((*path, number))
            number += 1

    def _inline(self, path: Path) -> None:
        self.at += 1
        while not self._closes("}"):
            self._pair(path)

    def _closes(self, bracket: str) -> bool:
        """Step over spaces and commas; tell whether the list or table ends here."""
        self._skip(_SPACE)
        if self.text[self.at : self.at + 1] == ",":
            self.at += 1
            self._skip(_SPACE)
        if self.text[self.at : self.at + 1] in (bracket, ""):
            self.at += 1
            return True
        return False

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def _line(self) -> int:
        at, line = self.counted
        line += self.text.count("\n", at, self.at)
        self.counted = (self.at, line)
        return line
