"""The file of refused lines, as they were: to be corrected and imported again."""

import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from integration.errors import UsageError
from integration.intake.reading import Line

UNUSABLE = "IF-IMP-04"


class FixFile:
    """Collects refused lines beside its final name and takes that name at the end; no refused line, no file."""

    def __init__(self, path: Path, inputs: Sequence[Path]) -> None:
        self._path = path
        self._part = path.with_name(f".{path.name}.part")
        self._file: BinaryIO | None = None
        if any(path.resolve() == one.resolve() for one in inputs):
            raise UsageError(UNUSABLE, "the file for refused lines is one of the files to import", where=str(path))
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise UsageError(UNUSABLE, "the file for refused lines cannot be written there", where=str(path))

    def add(self, line: Line) -> None:
        """Keep a refused line, byte for byte."""
        try:
            if self._file is None:
                # Lines of a clinic's records: nobody else may read them.
                self._part.unlink(missing_ok=True)
                self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
            self._file.write(line.data.rstrip(b"\r\n") + b"\n")
        except OSError as error:
            raise self._unusable(error) from error

    @property
    def written(self) -> bool:
        """Whether there was a refused line."""
        return self._file is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        try:
            self._file.close()
            self._part.replace(self._path)
        except OSError as failed:
            raise self._unusable(failed) from failed

    def _unusable(self, error: OSError) -> UsageError:
        return UsageError(UNUSABLE, f"the file for refused lines: {error.strerror}", where=str(self._path))
