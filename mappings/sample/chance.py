"""Seeded chance that gives the same answers on every machine: whole numbers only, no floating point."""

import random
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

_T = TypeVar("_T")


class Chance:
    """A stream of decisions that depends on its names alone, not on hash seed, platform or Python version."""

    def __init__(self, *names: object) -> None:
        self._random = random.Random("/".join(map(str, names)))  # noqa: S311 - pretend data, no secret

    def below(self, bound: int) -> int:
        """Give a whole number from 0 up to but not including the bound."""
        bits = bound.bit_length()
        number = self._random.getrandbits(bits)
        while number >= bound:
            number = self._random.getrandbits(bits)
        return number

    def between(self, low: int, high: int) -> int:
        """Give a whole number from low to high, both included."""
        return low + self.below(high - low + 1)

    def per_mille(self, often: int) -> bool:
        """Say yes so often in a thousand times."""
        return self.below(1000) < often

    def pick(self, choices: Sequence[_T]) -> _T:
        """Pick one."""
        return choices[self.below(len(choices))]


def tenths(number: int) -> Decimal:
    """Write a number of tenths with one digit after the point."""
    return Decimal(number).scaleb(-1)


def hundredths(number: int) -> Decimal:
    """Write a number of hundredths with two digits after the point."""
    return Decimal(number).scaleb(-2)


def divided(number: int, by: int) -> int:
    """Divide whole numbers, rounded to the nearest."""
    return (2 * number + by) // (2 * by)
