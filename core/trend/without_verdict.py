"""Why a comparison has no verdict, or passed films over, put in plain clinical English when read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from core.trend.reasons import Reasons, joined
from core.trend.references import span_of
from core.trend.types import Basis, Change, NoVerdict, ScoredFilm, Verdict
from core.trend.wording import (
    IN_PLACE_OF_A_VERDICT,
    TIME_IN_DOUBT,
    UNORDERED,
    VERDICTS_IN_WORDS,
    beyond_scale,
    gap_in_words,
    pair_in_words,
)

_WHY_NOT: Mapping[NoVerdict, str] = {
    NoVerdict.NOISE_NOT_MEASURED: "the noise of this scorer's change was not measured.",
    NoVerdict.NOISE_WITHOUT_RELATION: ("where measured, this scorer's changes did not follow those of the readers."),
    NoVerdict.NO_STAY: "the film belongs to no stay.",
    NoVerdict.FIRST_FILM: "this is the first film of the stay.",
    NoVerdict.NO_EARLIER_FILM: "no earlier film of this stay.",
    NoVerdict.NONE_TAKEN_ALIKE: "No earlier film of this stay was taken alike.",
    NoVerdict.UNORDERED: f"There is no verdict because {UNORDERED}.",
    NoVerdict.TIME_IN_DOUBT: TIME_IN_DOUBT,
}


def why_no_verdict(change: Change) -> str:
    """Return why nothing was judged, as what follows `IN_PLACE_OF_A_VERDICT`; "" where other sentences say it."""
    if change.why_not is None:
        return ""
    if change.why_not is NoVerdict.NO_FILM_THEN:
        nearest, farthest = span_of(change.reference)
        return f"no film of this stay from {nearest:g} to {farthest:g} h before."
    if change.why_not is NoVerdict.BEYOND_SCALE and change.called_real_from is not None:
        return beyond_scale(change.called_real_from, change.measure)
    return _WHY_NOT.get(change.why_not, "")


@dataclass(frozen=True)
class NothingComparedBasis:
    """Why nothing was compared: what `Change.why_not` says."""

    def reasons(self, change: Change) -> Reasons:
        """Return why."""
        return Reasons(why_no_verdict(change), verdict=IN_PLACE_OF_A_VERDICT[change.verdict])


@dataclass(frozen=True)
class NotJudgedBasis:
    """Why the change between two films is not judged: what `Change.why_not` says, with both scores."""

    film: ScoredFilm
    earlier: ScoredFilm

    def reasons(self, change: Change) -> Reasons:
        """Return the scores and why they are not judged."""
        measure = change.measure
        scores = f"{measure.label} {pair_in_words(self.film, self.earlier, measure)}."
        why, instead = why_no_verdict(change), IN_PLACE_OF_A_VERDICT[change.verdict]
        if change.verdict is Verdict.NOT_ASSESSED:
            return Reasons(joined(why, scores), verdict=instead)
        # A verdict was found and is not said: what keeps it back leads.
        return Reasons(scores, beforehand=why, verdict=instead)


@dataclass(frozen=True)
class DifferingBasis:
    """The verdicts against films of one day, which differ."""

    verdicts: Collection[Verdict]

    def reasons(self, change: Change) -> Reasons:
        """Return which verdicts there would be."""
        words = ", ".join(sorted(VERDICTS_IN_WORDS[verdict] for verdict in set(self.verdicts)))
        found = f"The earlier day has several films, and their verdicts differ ({words}); {UNORDERED}."
        return Reasons(found, verdict=IN_PLACE_OF_A_VERDICT[change.verdict])


@dataclass(frozen=True)
class PassedOverBasis:
    """A basis, and the films taken differently that were passed over since; the newest of them first."""

    judged: Basis
    film: ScoredFilm
    between: Sequence[ScoredFilm]

    def reasons(self, change: Change) -> Reasons:
        """Return the reasons, and how many films were passed over."""
        others = "a film" if len(self.between) == 1 else f"{len(self.between)} films"
        newest = gap_in_words(self.between[0], self.film)
        return self.judged.reasons(change).noting(
            f"Passed over as taken differently: {others} since then, the newest {newest}."
        )


@dataclass(frozen=True)
class LastAlikeBasis:
    """A basis, and what the verdict would be against the last film taken alike, before the one compared."""

    judged: Basis
    film: ScoredFilm
    alike: ScoredFilm
    verdict: Verdict

    def reasons(self, change: Change) -> Reasons:
        """Return the reasons, and the older comparison."""
        return self.judged.reasons(change).noting(
            f"The last film taken alike is {gap_in_words(self.alike, self.film)}; against it the verdict would be "
            f"{VERDICTS_IN_WORDS[self.verdict]}, which says nothing of the time since the film in between."
        )
