"""What people use instead of a measured noise: a raw difference against the film before. Peers to be compared with."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from core.trend.basis import StatedBasis
from core.trend.change import facts_of
from core.trend.comparability import is_before, seconds
from core.trend.reasons import Reasons
from core.trend.series import by_stay, refuse_invalid_series, refuse_other_scorer
from core.trend.types import (
    Change,
    FilmTrend,
    FlagKind,
    NoVerdict,
    ProposedFlag,
    Reference,
    ScoredFilm,
    TrendPolicy,
    Verdict,
)
from core.trend.wording import IN_PLACE_OF_A_VERDICT, pair_in_words, points, saturation_in_words
from core.types import Measure, ScorerCard

MEASURE = Measure.GEOGRAPHIC_EXTENT
ROUNDING = 1e-9
"""4.1 - 3.1 is a step of 1 to people, and a little less to the machine."""


NONE_BEFORE = StatedBasis(
    Reasons("no film of this stay was certainly taken before.", verdict=IN_PLACE_OF_A_VERDICT[Verdict.NOT_ASSESSED])
)


@dataclass(frozen=True)
class RawStepBasis:
    """The two films of a raw difference, and the least one that counts, points."""

    film: ScoredFilm
    earlier: ScoredFilm
    step: float

    def reasons(self, change: Change) -> Reasons:
        """Return both scores and what counts."""
        counts = f"of {points(self.step)} or more" if self.step else "of any size"
        return Reasons(
            found=f"{change.measure.label} {pair_in_words(self.film, self.earlier, change.measure)}.",
            why=f"A difference {counts} counts here; noise and how the films were taken are not considered.",
            limits=saturation_in_words(self.film, self.earlier, change.measure),
        )


@dataclass(frozen=True)
class RawStepDetector:
    """Flags every difference of geographic extent against the film just before that is large enough.

    It looks at the film just before, however that was taken, and knows neither noise nor shrinkage nor important
    change: card and policy are ignored. It gives no probability. Not for the ward; it stands beside the other
    detectors in the evidence.

    False alarms: of stable pairs with an error of SD s between films, ``1 - Phi(step / s)`` read as a rise and as many
    as a drop: 16 % at a step of 1 and s = 1, half of all pairs for a step of 0.

    Attributes
    ----------
    name : str
    step : float
        Least difference that counts, points of 8; 0 counts every difference.
    flags_drops : bool
        Drops are flagged like rises; else they have a verdict and no flag.
    """

    name: str
    step: float
    flags_drops: bool = True

    def assess(self, films: Sequence[ScoredFilm], *, card: ScorerCard, policy: TrendPolicy) -> tuple[FilmTrend, ...]:
        """Return every film with its difference from the film before, in order of acquisition time.

        Raises
        ------
        ValueError
            As `core.trend.assess_trend`.
        """
        del policy
        refuse_invalid_series(films)
        refuse_other_scorer(films, card)
        trends = [self._trend(film, _just_before(film, stay)) for stay in by_stay(films).values() for film in stay]
        return tuple(sorted(trends, key=lambda trend: (seconds(trend.film), trend.film.film_id)))

    def _trend(self, film: ScoredFilm, earlier: ScoredFilm | None) -> FilmTrend:
        change = self._change(film, earlier)
        kinds = {Verdict.RISE: FlagKind.RISE, **({Verdict.DROP: FlagKind.DROP} if self.flags_drops else {})}
        kind = kinds.get(change.verdict)
        return FilmTrend(film, (change,), ProposedFlag(film.film_id, kind, change) if kind else None)

    def _change(self, film: ScoredFilm, earlier: ScoredFilm | None) -> Change:
        measure, reference = MEASURE, Reference.PREVIOUS
        if earlier is None:
            why = NoVerdict.NO_EARLIER_FILM
            return Change(measure, reference, film.film_id, why.verdict, NONE_BEFORE, why)
        size = film.score.value(measure) - earlier.score.value(measure)
        basis = RawStepBasis(film, earlier, self.step)
        facts = facts_of((film,), (earlier,), measure)
        return Change(measure, reference, film.film_id, self._verdict(size), basis, change=size, **facts)

    def _verdict(self, size: float) -> Verdict:
        if not size or abs(size) < self.step - ROUNDING:
            return Verdict.NO_REAL_CHANGE
        return Verdict.RISE if size > 0 else Verdict.DROP


def _just_before(film: ScoredFilm, stay: Sequence[ScoredFilm]) -> ScoredFilm | None:
    """Return the last film that was certainly taken before; of films without order the one with the highest id."""
    position = bisect_left(stay, seconds(film), key=seconds)
    return next((stay[place] for place in range(position - 1, -1, -1) if is_before(stay[place], film)), None)
