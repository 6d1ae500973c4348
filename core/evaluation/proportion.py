"""Shares with their 95 % intervals: k of n, and means of shares."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy.stats import binomtest

LEVEL = 0.95

Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


class Method(StrEnum):
    """How an interval of k of n is made, by SciPy's name."""

    WILSON = "wilson"
    EXACT = "exact"


@dataclass(frozen=True)
class Proportion:
    """How many of how many, with the 95 % interval of the share, 0-1; each of the n counts as independent."""

    count: int
    n: int
    low: float
    high: float
    method: Method

    @classmethod
    def of(cls, count: int, n: int, *, method: Method) -> Proportion:
        """Return the proportion with its interval; 0 to 1 for none of none."""
        if not n:
            return cls(count, n, 0.0, 1.0, method)
        interval = binomtest(count, n).proportion_ci(LEVEL, method=method.value)
        return cls(count, n, float(interval.low), float(interval.high), method)


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share of `n`, which need not be k of n.

    Wilson, J Am Stat Assoc 1927;22:209-212.

    Parameters
    ----------
    share : float
        0-1; a mean of shares over partitions counts as one share.
    n : int
        1 or more.
    """
    centre = (share + Z**2 / (2 * n)) / (1 + Z**2 / n)
    reach = Z / (1 + Z**2 / n) * math.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    return max(0.0, centre - reach), min(1.0, centre + reach)


def share_in_words(share: float, n: int) -> str:
    """Return a share of `n` with its 95 % interval, for example "0% of 2 (0% to 66%)"; "none of 0" where n is 0."""
    if n == 0:
        return "none of 0"
    low, high = wilson_interval(share, n)
    return f"{share:.0%} of {n} ({low:.0%} to {high:.0%})"
