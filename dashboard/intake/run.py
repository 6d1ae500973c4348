"""An import: films and clinical values stored first, scored as it goes where no worker does it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from core.counting import counted
from core.errors import CoreError
from core.identity import differences, is_another_person
from core.types import TimePrecision
from dashboard.errors import DashboardError
from dashboard.intake.detect import Dataset, read_plan
from dashboard.intake.plan import ImportItem, ImportPatient, ImportPlan, ImportReading
from dashboard.intake.report import FileOutcome, FileReason, ImportReport, summed, unsettled
from dashboard.services.receiving.film_folder import film_bytes
from dashboard.services.receiving.receive import Receipt, ReceiptOutcome, StatedFacts, receive_film
from dashboard.services.site.opening import Site, ensure_active_model
from dashboard.services.site.scorers import load_active_scorer
from dashboard.services.worker.lease import ScoringLease
from dashboard.services.worker.process import reevaluate
from dashboard.services.worker.scoring import BATCH, ScoringRun
from db.engine import read_transaction, transaction
from db.errors import ConflictError
from db.models import ModelActivation, Reading
from db.repositories import clinical, patients, readings, stays

ACTOR = "import"
POLL_S = 1.0
OUTCOME_OF_RECEIPT = {
    ReceiptOutcome.DUPLICATE: FileOutcome.DUPLICATE,
    ReceiptOutcome.FAILED: FileOutcome.FAILED,
}

OnProgress = Callable[[int, int], None]
OnReceived = Callable[[str, Receipt], None]


def run_import(
    paths: Sequence[Path],
    *,
    dataset: Dataset = Dataset.AUTO,
    images: Path | None = None,
    follow_links: bool = False,
    on_progress: OnProgress | None = None,
    on_received: OnReceived | None = None,
    stop_event: threading.Event | None = None,
    actor: str = ACTOR,
    site: Site,
) -> ImportReport:
    """Store the films of data sets, folders or files, and score them.

    One bad row or file never stops the rest. Where a worker scores this database already, the import waits for
    it; should that worker end, the import takes over.

    Parameters
    ----------
    follow_links : bool
        Whether links that lead out of a folder are followed.
    on_progress : callable
        Gets the steps done and all steps: a film takes two, stored and settled.
    on_received : callable
        Gets the name and the receipt of each file once it is safe.

    Raises
    ------
    DataSetInvalidError
        A path does not exist or has not the form that `dataset` says; nothing is stored.
    """
    plans = [read_plan(path, dataset, images, site_zone=site.zone, follow_links=follow_links) for path in paths]
    active = ensure_active_model(site=site)
    return _Import(
        site=site,
        active=active,
        actor=actor,
        on_progress=on_progress or (lambda _done, _total: None),
        on_received=on_received or (lambda _name, _receipt: None),
        stop=stop_event or threading.Event(),
    ).run(plans)


@dataclass
class _Import:
    """One import under way."""

    site: Site
    active: ModelActivation
    actor: str
    on_progress: OnProgress
    on_received: OnReceived
    stop: threading.Event
    received: list[tuple[str, int]] = field(default_factory=list)
    others: list[FileReason] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # Also films that an earlier import stored and could not settle before it was killed.
    unsettled: set[int] = field(default_factory=set)
    n_items: int = 0
    began_at: datetime | None = None

    @property
    def model(self) -> tuple[str, str]:
        """Return name and version of the active scorer."""
        return self.active.model, self.active.model_version

    def run(self, plans: Sequence[ImportPlan]) -> ImportReport:
        """Store all, score all, and report."""
        started, self.began_at = time.monotonic(), self.site.clock()
        items = [item for plan in plans for item in plan.items]
        self.n_items = len(items)
        if not items:
            self.notes.append("No film was found there.")
        for plan in plans:
            self.notes += plan.notes
            self.others += [
                FileReason(left_out.name, FileOutcome.LEFT_OUT, left_out.reason) for left_out in plan.left_out
            ]
            for patient in plan.patients:
                self._add_patient(patient)
        with ScoringLease(site=self.site) as lease, self._scoring() as run:
            self._receive_all(items, lease, run)
            self._settle_all(lease, run)
        with read_transaction(self.site.engine) as session:
            return summed(
                self.received,
                self.others,
                model=self.model,
                notes=tuple(dict.fromkeys(self.notes)),
                passed_over=sum((Counter(plan.passed_over) for plan in plans), Counter()),
                seconds=time.monotonic() - started,
                session=session,
            )

    @contextmanager
    def _scoring(self) -> Iterator[ScoringRun | None]:
        """Give what scores, None where the active scorer cannot be used on this machine."""
        try:
            scorer = load_active_scorer(self.active, site=self.site)
        except (CoreError, DashboardError) as error:
            self.notes.append(f"The films are stored and wait to be scored. {error}")
            yield None
            return
        with ScoringRun(scorer, actor=self.actor, site=self.site) as run:
            yield run

    def _receive_all(self, items: Sequence[ImportItem], lease: ScoringLease, run: ScoringRun | None) -> None:
        for number, item in enumerate(items, start=1):
            if self.stop.is_set():
                self.notes.append(
                    f"Stopped after {number - 1} of {counted(len(items), 'file')}. Import again to go on."
                )
                return
            self._receive(item)
            if number % BATCH == 0 and run and lease.acquire():
                run.round()
                self._look(number)

    def _settle_all(self, lease: ScoringLease, run: ScoringRun | None) -> None:
        """Score the rest, or wait for the worker that does."""
        self._look(self.n_items)
        while self.unsettled and run and not self.stop.is_set():
            if not (lease.acquire() and run.round()):
                self.stop.wait(POLL_S)
            self._look(self.n_items)

    def _look(self, n_stored: int) -> None:
        with read_transaction(self.site.engine) as session:
            self.unsettled = unsettled(sorted(self.unsettled), self.model, session=session)
        self.on_progress(n_stored + max(0, n_stored - len(self.unsettled)), 2 * self.n_items)

    def _receive(self, item: ImportItem) -> None:
        if item.path is None or item.problem:
            self.others.append(FileReason(item.name, FileOutcome.FAILED, item.problem))
            return
        try:
            receipt = receive_film(
                film_bytes(item.path),
                stated=_stated(item),
                original_name=item.name,
                since=self.began_at,
                actor=self.actor,
                site=self.site,
            )
        except (DashboardError, CoreError, ConflictError, OSError) as error:
            # The film's own file: what the store fails with is a DashboardError.
            reason = f"The file cannot be read ({error.strerror})." if isinstance(error, OSError) else str(error)
            self.others.append(FileReason(item.name, FileOutcome.FAILED, reason))
            return
        self.on_received(item.name, receipt)
        if receipt.film_id is not None:
            add_readings(receipt.film_id, item.readings, site=self.site)
            self.unsettled.add(receipt.film_id)
        if receipt.outcome is ReceiptOutcome.RECEIVED and receipt.film_id is not None:
            self.received.append((item.name, receipt.film_id))
        else:
            self.others.append(FileReason(item.name, OUTCOME_OF_RECEIPT[receipt.outcome], receipt.reason))

    def _add_patient(self, patient: ImportPatient) -> None:
        try:
            add_patient(patient, actor=self.actor, site=self.site)
        except (ConflictError, ValueError) as error:
            name = f"patient {patient.identity.identifier}"
            self.others.append(FileReason(name, FileOutcome.LEFT_OUT, f"Stay and clinical values: {error}"))


def add_patient(patient: ImportPatient, *, actor: str, site: Site) -> None:
    """Store what a data set knows of a patient beside the films; what is there already stays.

    Raises
    ------
    ConflictError, ValueError
        The number is a known patient's and the person is another, or a value cannot be stored; nothing of the patient
        is.
    """
    now = site.clock()
    day = TimePrecision.DAY
    with transaction(site.engine) as session:
        row = patients.find_or_create(
            patient.identity, relative_day_zero=patient.relative_day_zero, now=now, session=session
        )
        if is_another_person(row, patient.identity):
            what = " and ".join(differences(row, patient.identity))
            raise ConflictError(f"The number belongs to a known patient of another {what}. Check the number.")
        patient_id = row.id or 0
        for event in sorted(patient.events, key=lambda one: (one.at, one.kind, one.note)):
            clinical.add_event(
                patient_id, event.kind, at=event.at, note=event.note, time_precision=day, session=session
            )
        for one in sorted(patient.observations, key=lambda one: (one.at, one.name, one.value)):
            clinical.add_observation(
                patient_id,
                one.name,
                one.value,
                at=one.at,
                unit=one.unit,
                comparator=one.comparator,
                time_precision=day,
                session=session,
            )
        if patient.stay is not None:
            stay = stays.import_stay(patient_id, *patient.stay, session=session)
            if stays.assign_films(stay, zone=site.zone, actor=actor, now=now, session=session):
                reevaluate({patient_id}, now=now, site=site, session=session)


def add_readings(film_id: int, stated: Sequence[ImportReading], *, site: Site) -> None:
    """Store what people scored a film with; a reader whose reading of it is there already is passed over."""
    if not stated:
        return
    with transaction(site.engine) as session:
        there = {reading.reader for reading in readings.of_film(film_id, session=session)}
        for given in stated:
            if given.reader not in there:
                readings.add(
                    Reading(film_id=film_id, blind=True, read_at=site.clock(), **asdict(given)), session=session
                )


def _stated(item: ImportItem) -> StatedFacts:
    return StatedFacts(
        identity=item.identity,
        acquired_at=item.acquired_at,
        time_precision=item.time_precision,
        view_position=item.view_position,
        patient_position=item.patient_position,
        modality=item.modality,
        relative_day_zero=item.relative_day_zero,
    )
