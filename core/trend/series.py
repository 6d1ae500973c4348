"""Which films make a trajectory (of one scorer, each once, with the zone of their time), and their order by stay."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from core.trend.comparability import seconds
from core.trend.types import ScoredFilm
from core.types import ScorerCard


def by_stay(films: Iterable[ScoredFilm]) -> dict[int | None, list[ScoredFilm]]:
    """Return the films of each stay in order of time, ties by film id; the stays in order of their first film."""
    stays: dict[int | None, list[ScoredFilm]] = {}
    for film in sorted(films, key=lambda film: (seconds(film), film.film_id)):
        stays.setdefault(film.stay_id, []).append(film)
    return stays


def refuse_invalid_series(films: Sequence[ScoredFilm]) -> None:
    """Raise ValueError for films that make no trajectory: several scorers, a film twice, a time without zone."""
    scorers = sorted({f"{film.score.model} {film.score.model_version}" for film in films})
    if len(scorers) > 1:
        message = (
            f"A trajectory never mixes models; these films were scored by {', '.join(scorers)}. Give one's scores."
        )
        raise ValueError(message)
    if len({film.film_id for film in films}) < len(films):
        message = "A film is given twice. Give each film of the patient once."
        raise ValueError(message)
    for film in films:
        if film.acquired_at.tzinfo is None:
            message = f"The time {film.acquired_at} of film {film.film_id} has no time zone. Attach the site's zone."
            raise ValueError(message)


def refuse_other_scorer(films: Sequence[ScoredFilm], card: ScorerCard) -> None:
    """Raise ValueError where the noise on the card is another scorer's."""
    if films and (films[0].score.model, films[0].score.model_version) != (card.model, card.version):
        score = films[0].score
        message = (
            f"The films were scored by {score.model} {score.model_version}, the card is of {card.model} "
            f"{card.version}. Give the card of the scorer that scored them."
        )
        raise ValueError(message)
