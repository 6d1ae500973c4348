"""Wilson's interval of a share."""

from __future__ import annotations

import math

Z = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


def wilson_interval(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % score interval of a share of `n` (Wilson, J Am Stat Assoc 1927;22:209-212).

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
