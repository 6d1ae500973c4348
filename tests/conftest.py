"""What every test may use."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import postgres_cluster
import pytest
import sqlalchemy
from compiled_statements import shared_compiled_statements
from migrated import write_migrated_sqlite
from scratch import keep_in_memory
from sqlalchemy import Engine
from tiers import sort_into_tiers

from core.scoring import registry
from db.engine import create_engine, upgrade

if TYPE_CHECKING:
    from core.research.evaluation.published.weights import PublishedFiles

# Tests run one process a core: threads of a network would only wait for each other. Read when torch is loaded, here
# and in the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")
keep_in_memory()

REPOSITORY = Path(__file__).resolve().parents[1]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say of each test in which of the Makefile's targets it runs."""
    sort_into_tiers(items)


@pytest.fixture(scope="session", autouse=True)
def _statements_compiled_once() -> Iterator[None]:
    """Compile each SQL statement once a process."""
    with shared_compiled_statements():
        yield


@pytest.fixture(scope="module", autouse=True)
def _own_scorers_of_a_module() -> Iterator[None]:
    """Keep the scorers that a module's fixtures register to that module."""
    with _own_scorers():
        yield


@pytest.fixture(autouse=True)
def _own_scorers_of_a_test() -> Iterator[None]:
    """Keep the scorers that a test registers to that test."""
    with _own_scorers():
        yield


@contextmanager
def _own_scorers() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_PACKAGES", dict(registry._PACKAGES))
        yield


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real films, which is not part of the repository."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not (folder / "films.csv").is_file():
        pytest.skip(f"the real films are not on this machine ({folder.name} beside the repository)")
    return folder


@pytest.fixture(scope="session")
def published_files(tmp_path_factory: pytest.TempPathFactory) -> PublishedFiles:
    """Return random weights in the formats and under the names of the published files."""
    from chest_films import chest_films  # noqa: PLC0415  as below

    from core.research.evaluation.published.weights import write_random_weights  # noqa: PLC0415  imports torch
    from core.scoring.models.txrv.network import prepare_film  # noqa: PLC0415  likewise

    films = [prepare_film(film) for film in chest_films(8)]
    return write_random_weights(tmp_path_factory.mktemp("published"), films=films, seed=11)


@pytest.fixture(scope="session")
def txrv_weights_dir(published_files: PublishedFiles, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a weights folder with random weights for every scorer that takes them from outside."""
    from core.scoring.weights import import_weights  # noqa: PLC0415  imports torch

    folder = tmp_path_factory.mktemp("weights")
    for path in published_files.all:
        import_weights(path, weights_dir=folder)
    return folder


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Return the URL of a fresh, migrated SQLite database."""
    path = tmp_path / "timeline.db"
    write_migrated_sqlite(path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Return the URL of a PostgreSQL server's maintenance database; one server per test process."""
    with postgres_cluster.cluster() as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_admin(postgres_server: str) -> Iterator[Engine]:
    """Return an engine that creates databases, the migrated template among them."""
    admin = sqlalchemy.create_engine(
        postgres_server.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT"
    )
    with admin.connect() as connection:
        connection.exec_driver_sql("create database migrated")
    template = create_engine(postgres_server.removesuffix("/postgres") + "/migrated")
    upgrade(template)
    template.dispose()
    yield admin
    admin.dispose()


@pytest.fixture
def postgres_url(_postgres_admin: Engine, postgres_server: str) -> Iterator[str]:
    """Return the URL of a fresh, migrated PostgreSQL database."""
    name = f"timeline_{uuid.uuid4().hex}"
    with _postgres_admin.connect() as connection:
        connection.exec_driver_sql(f"create database {name} template migrated")
    yield postgres_server.removesuffix("/postgres") + f"/{name}"
    with _postgres_admin.connect() as connection:
        connection.exec_driver_sql(f"drop database {name} with (force)")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of a fresh, migrated database, on SQLite and on PostgreSQL in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Return an engine on a fresh, migrated database, on SQLite and on PostgreSQL in turn."""
    engine = create_engine(database_url)
    yield engine
    engine.dispose()
