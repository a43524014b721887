"""The figures that `make bench` measures: how they are kept, and the table that the README shows."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
KEPT = ROOT / "build" / "bench.json"


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value; `ratio` is how many times better than a peer, `floor` what it must not fall below."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    floor: float | None = None


def write(found: Sequence[Figure], to: Path) -> None:
    """Keep the figures as JSON."""
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(json.dumps([asdict(figure) for figure in found], indent=1) + "\n")


def read(kept: Path) -> list[Figure]:
    """The figures of the last run."""
    return [Figure(**figure) for figure in json.loads(kept.read_text())]


def markdown(found: Sequence[Figure]) -> str:
    """The table as it stands in the README."""
    lines = ["| what | measured | of the peer | must be |", "|---|---:|---:|---:|"]
    for figure in found:
        measured = f"{_number(figure.value)} {figure.unit}"
        times = "" if figure.ratio is None else f"{figure.ratio:.3g}×"
        least = "" if figure.floor is None else f"≥ {figure.floor:g}×"
        lines.append(f"| {figure.name} | {measured} | {times} | {least} |")
    return "\n".join(lines)


def _number(value: float) -> str:
    """Three digits, as much as such measurements are good for, with a thousands separator."""
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:g}"
