"""How much each benchmark does: the sizes that count, or a fraction of them to see that everything runs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

SCALE = "INFUSION_BENCH_SCALE"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Numbers of rounds and things; the defaults are what the published figures were measured with."""

    rounds: int = 7
    mapped: int = 10_000
    mapped_by_peer: int = 100
    push_rounds: int = 5
    pushed_patients: int = 100
    per_patient: int = 200
    bundle: int = 100
    import_rounds: int = 5
    imported: int = 5_000
    in_memory: tuple[int, int] = (50_000, 200_000)
    sandbox_rounds: int = 5
    sandbox_patients: int = 10
    sandbox_reads: int = 500
    sandbox_searches: int = 100
    sandbox_puts: int = 200
    sandbox_transactions: int = 5
    histories: int = 12


def from_environment(environ: Mapping[str, str] = os.environ) -> Sizes:
    """The sizes that count, times the scale that `INFUSION_BENCH_SCALE` asks for (1 unless given)."""
    scale = float(environ.get(SCALE, "1"))
    if not 0 < scale <= 1:
        raise ValueError(f"{SCALE} must be more than 0 and at most 1")
    return Sizes() if scale == 1 else _scaled(Sizes(), scale)


def _scaled(full: Sizes, scale: float) -> Sizes:
    def some(number: int, least: int) -> int:
        return max(least, round(number * scale))

    few, many = full.in_memory
    return Sizes(
        rounds=some(full.rounds, 2),
        mapped=some(full.mapped, 10),
        mapped_by_peer=some(full.mapped_by_peer, 2),
        push_rounds=some(full.push_rounds, 1),
        pushed_patients=some(full.pushed_patients, 2),
        per_patient=some(full.per_patient, 20),
        bundle=some(full.bundle, 10),
        import_rounds=some(full.import_rounds, 1),
        imported=some(full.imported, 100),
        in_memory=(some(few, 200), some(many, 800)),
        sandbox_rounds=some(full.sandbox_rounds, 1),
        sandbox_patients=some(full.sandbox_patients, 1),
        sandbox_reads=some(full.sandbox_reads, 2),
        sandbox_searches=some(full.sandbox_searches, 2),
        sandbox_puts=some(full.sandbox_puts, 2),
        sandbox_transactions=some(full.sandbox_transactions, 1),
        histories=some(full.histories, 1),
    )
