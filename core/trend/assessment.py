"""Every film of a patient compared with the films before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from core.trend.change import compare_means
from core.trend.comparability import comparability_of, seconds
from core.trend.extremes import against_extreme
from core.trend.flags.proposed import ALERTING_MEASURE, alerts, farthest_of_moment, propose_flag
from core.trend.flags.sustained import StayLevels
from core.trend.noise_of_pair import why_not_assessed
from core.trend.recent import Sides, recent_sides
from core.trend.references import FoundReference, StaySeries
from core.trend.series import by_stay, refuse_invalid_series, refuse_other_scorer
from core.trend.true_change import withheld
from core.trend.types import (
    FILM_REFERENCES,
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
from core.trend.without_verdict import DifferingBasis, LastAlikeBasis, NothingComparedBasis, PassedOverBasis
from core.trend.wording import RISES
from core.types import Measure, ScorerCard

STRENGTH = {
    Verdict.LARGE_RISE: 2,
    Verdict.RISE: 1,
    Verdict.NO_REAL_CHANGE: 0,
    Verdict.DROP: -1,
    Verdict.LARGE_DROP: -2,
}


def assess_trend(
    films: Sequence[ScoredFilm],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
    references: Sequence[Reference] = FILM_REFERENCES,
    measures: Sequence[Measure] = tuple(Measure),
) -> tuple[FilmTrend, ...]:
    """Compare each film of a patient with the films before it and say which flag it supports.

    Per film, measure and reference (`core.trend.types.Reference`) there is one `Change`:

    * RECENT is the recent level, `core.trend.recent.recent_sides`; it raises flags. Beside it a climb of the stay's
      level that no pair decides raises one (`core.trend.flags.sustained.StayLevels`).
    * PREVIOUS is the previous comparable film of the stay. For both, where films taken differently (AP/PA,
      supine/erect…) lie between it and this film, only a rise stands, since a rise is real whatever lay between.
      "No real change" or a drop would speak over the films between (a patient may have improved and then
      turned AP supine just when getting worse), so the verdict is then "cannot tell: compare the films",
      against the film just before; the basis gives the older comparison. The same where no film of the
      stay is comparable.
    * HOURS_24 and HOURS_72 are the comparable film nearest to 24 and 72 h before, within a third of that span.
    * ADMISSION is the first film of the stay.
    * LOWEST and HIGHEST are smoothed levels, `core.trend.extremes.against_extreme`; given where asked for, since each
      film then takes the time of the whole stay.
    * Several films of one moment (a day known without time) are all taken as the reference: the weakest
      verdict where they agree in direction, else "cannot tell". RECENT takes their mean instead.
    * No film at a reference gives "not assessed" with the reason, films without order "cannot tell".

    Noise, assumptions and false alarms: `core.trend.change.compare_means`; flags: `core.trend.flags.proposed`.

    Parameters
    ----------
    films : sequence of ScoredFilm
        Of one patient, in any order; films of different stays are never compared.
    card : ScorerCard
        Of the scorer that scored all of them.
    policy : TrendPolicy
    references : sequence of Reference
        Which comparisons are wanted; without RECENT there is no flag.
    measures : sequence of Measure
        On which measures; without geographic extent there is no flag.

    Returns
    -------
    tuple of FilmTrend
        In order of acquisition time, ties by film id; the same for every order of `films`.

    Raises
    ------
    ValueError
        The scores are of several models or versions, or not of the card's; a film is given twice; a time has no zone.
    """
    refuse_invalid_series(films)
    refuse_other_scorer(films, card)
    stays = (_Stay.of(own, card, policy, references, measures) for own in by_stay(films).values())
    trends = [stay.film_trend(film) for stay in stays for film in stay.series.films]
    return tuple(sorted(trends, key=lambda trend: (seconds(trend.film), trend.film.film_id)))


def assess_newest(
    films: Sequence[ScoredFilm],
    *,
    card: ScorerCard,
    policy: TrendPolicy,
    references: Sequence[Reference] = FILM_REFERENCES,
    measures: Sequence[Measure] = tuple(Measure),
) -> FilmTrend | None:
    """Return the last of what `assess_trend` gives, without assessing the films before it; None for no film.

    Raises
    ------
    ValueError
        As `assess_trend`.
    """
    refuse_invalid_series(films)
    refuse_other_scorer(films, card)
    if not films:
        return None
    newest = max(films, key=lambda film: (seconds(film), film.film_id))
    own = [film for film in films if film.stay_id == newest.stay_id]
    return _Stay.of(own, card, policy, references, measures).film_trend(newest)


@dataclass(frozen=True)
class _Stay:
    """What all films of one stay are compared by."""

    series: StaySeries
    card: ScorerCard
    policy: TrendPolicy
    references: Sequence[Reference]
    measures: Sequence[Measure]
    recent: Mapping[Measure, Mapping[int, Sides]]
    levels: StayLevels

    @classmethod
    def of(
        cls,
        films: Sequence[ScoredFilm],
        card: ScorerCard,
        policy: TrendPolicy,
        references: Sequence[Reference],
        measures: Sequence[Measure],
    ) -> Self:
        series = StaySeries(films)
        asked = measures if Reference.RECENT in references else ()
        recent = {measure: recent_sides(series, measure, card=card, policy=policy) for measure in asked}
        levels = StayLevels(series, ALERTING_MEASURE, card, policy)
        return cls(series, card, policy, references, measures, recent, levels)

    def film_trend(self, film: ScoredFilm) -> FilmTrend:
        """Return a film's comparisons and its flag."""
        found = {
            reference: self.series.find(film, reference)
            for reference in self.references
            if reference in FILM_REFERENCES
        }
        changes = tuple(
            self._change(film, found[reference], measure, reference)
            if reference in found
            else self._against_extreme(film, measure, reference)
            for measure in self.measures
            for reference in self.references
        )
        taken_differently = found[Reference.RECENT].taken_differently if Reference.RECENT in found else ()
        flag = propose_flag(film, changes, taken_differently, card=self.card, policy=self.policy)
        sustained = self._sustained(film, changes, apart=bool(taken_differently))
        by_a_pair = flag is not None and flag.kind is not FlagKind.LOOK
        if not by_a_pair and sustained is not None and sustained.verdict in RISES:
            flag = ProposedFlag(film.film_id, FlagKind.RISE, sustained)
        return FilmTrend(film, changes, flag, sustained)

    def _sustained(self, film: ScoredFilm, changes: Sequence[Change], *, apart: bool) -> Change | None:
        recent = next((change for change in changes if alerts(change)), None)
        if recent is None:
            return None
        return self.levels.sustained_change(film, recent, apart=apart)

    def _against_extreme(self, film: ScoredFilm, measure: Measure, reference: Reference) -> Change:
        return against_extreme(
            film, self.series.films, measure=measure, reference=reference, card=self.card, policy=self.policy
        )

    def _change(self, film: ScoredFilm, found: FoundReference, measure: Measure, reference: Reference) -> Change:
        def compare(now: Sequence[ScoredFilm], before: Sequence[ScoredFilm]) -> Change:
            return compare_means(now, before, measure=measure, reference=reference, card=self.card, policy=self.policy)

        if found.missing is not None:
            return _without_reference(film, found.missing, measure, reference, self.card)
        if not found.comparable:
            return compare((film,), (farthest_of_moment(film, found.taken_differently, measure),))
        sides = self.recent[measure].get(film.film_id) if reference is Reference.RECENT else None
        if sides is not None:
            change = compare(*sides)
        else:
            change = _agreed([compare((film,), (extreme,)) for extreme in _extremes(film, found.comparable, measure)])
        if not found.taken_differently or change.verdict in (*RISES, Verdict.NOT_ASSESSED):
            return _noting_films_between(change, film, found.taken_differently)
        just_before = compare((film,), (farthest_of_moment(film, found.taken_differently, measure),))
        return _over_films_between(film, change, just_before, found)


def _without_reference(
    film: ScoredFilm, missing: NoVerdict, measure: Measure, reference: Reference, card: ScorerCard
) -> Change:
    why = why_not_assessed(card.noise.get(measure)) or missing
    return Change(measure, reference, film.film_id, why.verdict, NothingComparedBasis(), why)


def _extremes(film: ScoredFilm, tied: Sequence[ScoredFilm], measure: Measure) -> list[ScoredFilm]:
    """Return lowest and highest score of each class of comparability: a verdict is monotone in between."""
    if len(tied) == 1:
        return list(tied)
    chosen: dict[int, ScoredFilm] = {}
    for comparability in {comparability_of(earlier, film) for earlier in tied}:
        alike = [earlier for earlier in tied if comparability_of(earlier, film) is comparability]
        for pick in (min, max):
            extreme = pick(alike, key=lambda earlier: (earlier.score.value(measure), earlier.film_id))
            chosen[extreme.film_id] = extreme
    return list(chosen.values())


def _agreed(changes: Sequence[Change]) -> Change:
    """Return the weakest of comparisons with films that have no order among themselves, if they agree."""
    if len(changes) == 1:
        return changes[0]
    weakest = min(
        changes,
        key=lambda change: (abs(STRENGTH.get(change.verdict, 0)), abs(change.change or 0.0), change.reference_film_id),
    )
    directions = {
        (strength > 0) - (strength < 0) for strength in (STRENGTH.get(change.verdict, 0) for change in changes)
    }
    if len(directions) == 1:
        return weakest
    basis = DifferingBasis(tuple(change.verdict for change in changes))
    unsaid = {**withheld(NoVerdict.VERDICTS_DIFFER), "called_real_from": None, "called_large_from": None}
    return replace(weakest, because=basis, **unsaid)


def _noting_films_between(change: Change, film: ScoredFilm, between: Sequence[ScoredFilm]) -> Change:
    if not between or change.verdict is Verdict.NOT_ASSESSED:
        return change
    return replace(change, because=PassedOverBasis(change.because, film, between))


def _over_films_between(film: ScoredFilm, older: Change, just_before: Change, found: FoundReference) -> Change:
    """Return the comparison with the film just before, which cannot tell, and say what the older one reads."""
    basis = LastAlikeBasis(just_before.because, film, found.comparable[0], older.verdict)
    return replace(just_before, because=basis)
