"""Settings in, wired application out: the only place that chooses implementations.

Building costs milliseconds; each part is made when it is first used, so a command pays only for
what it needs.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from collections.abc import Mapping
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

# ruff: noqa: PLC0415  (late imports are this file's purpose: a command pays for what it uses)
from kb.domain.access import Principal
from kb.domain.errors import ModelFailure
from kb.jobs.celery_queue import CeleryDoorbell, SilentDoorbell
from kb.jobs.holder import may_be_alive, this_holder
from kb.jobs.protocol import REDO, REINDEX, TRAIN, Doorbell
from kb.settings import Settings
from kb.storage import documents, generations, jobs, people, understanding
from kb.storage.blobs import BlobStore
from kb.storage.database import Database

if TYPE_CHECKING:
    from kb.embedding.choice import Embedders
    from kb.embedding.protocol import Embedder
    from kb.enrichment.protocol import Classifier, Summariser
    from kb.ingestion.evidence import EvidenceFinder
    from kb.ingestion.feedback import Feedback
    from kb.ingestion.fsck import Checker
    from kb.ingestion.golden_set import GoldenSet
    from kb.ingestion.indexing import IndexWriter
    from kb.ingestion.lifecycle import Lifecycle
    from kb.ingestion.pipeline import Pipeline
    from kb.ingestion.receive import Receiver
    from kb.ingestion.reconcile import Reconciler
    from kb.ingestion.reindex import Reindexer
    from kb.ingestion.schedule import Schedules
    from kb.ingestion.taxonomy_changes import TaxonomyChanges
    from kb.llm.protocol import LanguageModel
    from kb.parsing.sandbox import SandboxedReader
    from kb.search.retrieve import Searcher
    from kb.storage.search_loads import SearchLoads
    from kb.training.exporting import Exporter
    from kb.training.imports import Importer
    from kb.training.loop import Loop
    from kb.training.parts import Workshop
    from kb.training.process import TrainingParts
    from kb.training.redo import Redos
    from kb.training.registry import Registry
    from kb.training.serving import ServingClassifier

FIRST_COLLECTION = "默认 Default"
SCHEDULER_LEASE = "scheduler"
_LINK_LIFETIME = dt.timedelta(hours=24)
_ALIVE_SECONDS = 15.0
_EMBEDDER_KNOWN_SECONDS = 1.0


class Application:
    """Every part of the product, wired by settings."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.sqlalchemy_url)
        self.blobs = BlobStore(settings.blobs_path)
        self._searched_with = ""
        self._searched_until = 0.0

    # Parts, each made when it is first used ------------------------------------------------

    @cached_property
    def doorbell(self) -> Doorbell:
        """Rings at workers, or does nothing where there is no broker."""
        if self.settings.redis_url:
            return CeleryDoorbell(self.settings.redis_url)
        return SilentDoorbell()

    @cached_property
    def embedder(self) -> Embedder:
        """The embedded default embedder."""
        from kb.embedding.e5 import E5Embedder

        threads = self.settings.embed_threads or os.cpu_count() or 1
        return E5Embedder(self.settings.models_path, threads=threads)

    @cached_property
    def language_model(self) -> LanguageModel | None:
        """The configured language model; None means the embedded default."""
        from kb.llm.configured import language_model

        settings = self.settings
        return language_model(
            settings.llm,
            model=settings.llm_model,
            api_key=settings.llm_api_key,
            context_tokens=settings.llm_context,
            precision=settings.llm_precision,
            store=settings.base_models_path,
        )

    @cached_property
    def reader(self) -> SandboxedReader:
        """Reads files in disposable processes."""
        from kb.parsing.limits import ReadLimits
        from kb.parsing.ocr_cache import OcrCache
        from kb.parsing.sandbox import SandboxedReader

        settings = self.settings
        return SandboxedReader(
            ReadLimits(
                memory_mb=settings.parse_memory_mb,
                page_seconds=settings.parse_page_seconds,
                max_pages=settings.parse_pages,
            ),
            ocr_cache=OcrCache(settings.ocr_cache_path, max_bytes=settings.ocr_cache_mb << 20)
            if settings.ocr_cache_mb
            else None,
        )

    @cached_property
    def receiver(self) -> Receiver:
        """The door for files."""
        from kb.ingestion.receive import Receiver
        from kb.parsing.archive import members
        from kb.parsing.sniff import sniff

        return Receiver(
            self.database,
            self.blobs,
            self.doorbell,
            sniff,
            unpack=lambda path, name: members(path, name=name),
            limit_bytes=self.settings.max_upload_mb * 1024 * 1024,
        )

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """What people do with documents that are there."""
        from kb.ingestion.lifecycle import Lifecycle

        return Lifecycle(self.database, self.doorbell)

    @cached_property
    def feedback(self) -> Feedback:
        """What people say about labels and summaries."""
        from kb.ingestion.feedback import Feedback

        return Feedback(self.database, self.doorbell)

    @cached_property
    def evidence(self) -> EvidenceFinder:
        """Says which passages speak for a category."""
        from kb.enrichment.classify import EmbeddingClassifier
        from kb.ingestion.evidence import EvidenceFinder

        @lru_cache(maxsize=8)
        def similar(taxonomy: str) -> Classifier:
            """Each keeps the vectors of one taxonomy's labels; a queue goes back and forth."""
            return EmbeddingClassifier(self.embedder)

        def judge(taxonomy: str) -> Classifier:
            return self.serving if self.serving.head_serves(taxonomy) else similar(taxonomy)

        return EvidenceFinder(self.database, self.embedder.model, judge)

    @cached_property
    def taxonomy_changes(self) -> TaxonomyChanges:
        """Merges, renames, splits labels, and takes it back."""
        from kb.ingestion.taxonomy_changes import TaxonomyChanges

        return TaxonomyChanges(self.database)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Advances documents."""
        from kb.chunking.passages import PassageCutter
        from kb.chunking.windows import windows_of
        from kb.ingestion.pipeline import Pipeline
        from kb.ingestion.run import Parts
        from kb.llm.prompts import room_for_window
        from kb.llm.tokens import token_counter
        from kb.parsing.archive import members
        from kb.parsing.sniff import sniff

        model = self._runnable_model
        if model is None or isinstance(model, ModelFailure):
            count, context = token_counter(""), self.settings.llm_context  # DeepSeek's, from PyPI
        else:
            count, context = token_counter(self.settings.llm), model.context_tokens
        parts = Parts(
            database=self.database,
            blobs=self.blobs,
            reader=self.reader,
            sniff=sniff,
            unpack=lambda path, name: members(path, name=name),
            embedder=self.embedder,
            cutter=partial(PassageCutter, count_tokens=self.embedder.count_tokens),
            windows_of=partial(windows_of, count_tokens=count, max_tokens=room_for_window(context)),
            classifier=lambda: self.classifier,
            summariser=lambda: self.summariser,
        )
        settings = self.settings
        return Pipeline(parts, self.doorbell, settings.lease_seconds, settings.job_attempts)

    @cached_property
    def classifier(self) -> Classifier:
        """Says which kind a document is: the model in service, followed while it changes."""
        return self.serving

    @cached_property
    def serving(self) -> ServingClassifier:
        """Asks the champion of each taxonomy, or what comes with the product."""
        from kb.training.serving import ServingClassifier

        return ServingClassifier(
            self.database, self.registry, self.workshop.load, lambda: self._built_in_classifier
        )

    @cached_property
    def _built_in_classifier(self) -> Classifier:
        """Answers where no trained model serves."""
        from kb.enrichment.classify import EmbeddingClassifier
        from kb.enrichment.unavailable import Unavailable
        from kb.enrichment.with_model import ModelClassifier

        model = self._runnable_model
        if model is None:
            return EmbeddingClassifier(self.embedder)
        return Unavailable(model) if isinstance(model, ModelFailure) else ModelClassifier(model)

    @cached_property
    def summariser(self) -> Summariser:
        """Says what stands in a document."""
        from kb.enrichment.summarise import ExtractiveSummariser
        from kb.enrichment.unavailable import Unavailable
        from kb.enrichment.with_model import ModelSummariser
        from kb.storage.window_notes import SqlWindowNotes

        model = self._runnable_model
        if model is None:
            return ExtractiveSummariser()
        if isinstance(model, ModelFailure):
            return Unavailable(model)
        return ModelSummariser(model, self.embedder, SqlWindowNotes(self.database))

    @cached_property
    def _runnable_model(self) -> LanguageModel | ModelFailure | None:
        """The language model, or why it cannot run: that must not stop reading and searching."""
        try:
            return self.language_model
        except ModelFailure as error:
            return error

    # The model loop ----------------------------------------------------------------------------

    @cached_property
    def registry(self) -> Registry:
        """The folder of trained models."""
        from kb.training.registry import Registry

        return Registry(self.settings.data / "registry")

    @cached_property
    def workshop(self) -> Workshop:
        """Who trains, and who runs what came out."""
        from kb.training.parts import Workshop

        return Workshop(
            self.database, lambda: self.embedder, self.settings.base_models_path, self.registry
        )

    @cached_property
    def training_parts(self) -> TrainingParts:
        """What the process of a training works with."""
        from kb.storage.vector_cache import VectorCache
        from kb.training.parts import Workshop
        from kb.training.process import TrainingParts
        from kb.training.serving import ServingClassifier
        from kb.training.vectors import RememberingEmbedder

        cache = VectorCache(self.settings.data / "cache" / "training-vectors.sqlite3")
        embedder = RememberingEmbedder(self.embedder, cache)
        workshop = Workshop(
            self.database, lambda: embedder, self.settings.base_models_path, self.registry
        )
        built_in = lambda: None if self.settings.llm else self._built_in_classifier  # noqa: E731
        return TrainingParts(
            embedder=embedder,
            trainer=workshop.trainer,
            serving=ServingClassifier(
                self.database, self.registry, workshop.load, lambda: self._built_in_classifier
            ),
            estimate=workshop.estimate,
            built_in=built_in,
        )

    @cached_property
    def loop(self) -> Loop:
        """Trains, judges, promotes and rolls back models."""
        from kb.training.gate import Margins
        from kb.training.loop import Loop
        from kb.training.runner import Runner

        settings = self.settings
        return Loop(
            database=self.database,
            doorbell=self.doorbell,
            registry=self.registry,
            work=settings.data.resolve() / "trainings",
            runner=Runner(self._training_command),
            margins=Margins(settings.gate_margin, settings.gate_class_margin),
        )

    @cached_property
    def exporter(self) -> Exporter:
        """Exports and measures registered models."""
        from kb.training.exporting import Exporter

        work = self.settings.data.resolve() / "trainings"
        return Exporter(self.database, self.registry, self.workshop.base, work)

    @cached_property
    def importer(self) -> Importer:
        """Takes labelled examples in."""
        from kb.parsing.report import parse_file
        from kb.training.imports import Importer

        return Importer(self.database, lambda path: parse_file(path, self.reader).text)

    def _training_command(self, what: str, folder: Path) -> tuple[list[str], Mapping[str, str]]:
        command = [sys.executable, "-m", "workers.training_run", what, str(folder)]
        return command, self.settings.for_child()

    @cached_property
    def redos(self) -> Redos:
        """Classifies stale documents again."""
        from kb.training.redo import Redos

        return Redos(
            self.database,
            self.doorbell,
            lambda: self.serving,
            lambda: self.embedder.model,
        )

    @cached_property
    def index_writer(self) -> IndexWriter:
        """Keeps index files equal to SQL."""
        from kb.index.build import Memory
        from kb.ingestion.indexing import IndexWriter

        return IndexWriter(
            self.database,
            self.settings.index_path,
            embedder_model=self.embedder.model,
            dimension=self.embedder.dimension,
            embedder_named=lambda name: self.embedders.of(name),  # noqa: PLW0108  (made late)
            memory=Memory(self.settings.index_memory),
        )

    @cached_property
    def embedders(self) -> Embedders:
        """Embedders that an index may be built with."""
        from kb.embedding.choice import Embedders

        return Embedders(lambda: self.embedder, self.settings.embed_api_key)

    @cached_property
    def reconciler(self) -> Reconciler:
        """Puts right what crashes and lost messages leave behind."""
        from kb.ingestion.reconcile import Reconciler
        from kb.jobs.broker import BrokerProbe

        probe = BrokerProbe(self.settings.redis_url)
        return Reconciler(self.database, self.blobs, self.doorbell, probe.waiting)

    @cached_property
    def reindexer(self) -> Reindexer:
        """Builds new generations beside the live one."""
        from kb.ingestion.building import Builder
        from kb.ingestion.gates import Bench
        from kb.ingestion.reindex import Reindexer

        builder = Builder(
            self.index_writer,
            self.doorbell,
            lambda: Bench(self.database, self._searcher_over, self.administrator()),
        )
        return Reindexer(self.database, self.doorbell, builder, self.embedders)

    def _searcher_over(self, generation_id: int) -> Searcher:
        """Answers from one generation, whichever is live."""
        from kb.search.retrieve import Searcher
        from kb.storage.pinned_store import PinnedSearchStore

        store = PinnedSearchStore(self.database, self.settings.index_path, generation_id)
        with self.database.read() as tx:
            plan = generations.get(tx, generation_id).plan
        return Searcher(store, self.embedders.of(plan.embedder).embed_query)

    @cached_property
    def schedules(self) -> Schedules:
        """Recurring re-indexes and trainings; the parts are made when one is due."""
        from kb.ingestion.schedule import Schedules

        return Schedules(
            self.database,
            {
                REINDEX: lambda principal, options: self.reindexer.scheduled(principal, options),  # noqa: PLW0108
                TRAIN: lambda principal, _: self.loop.retrain(principal),
            },
        )

    @cached_property
    def golden_set(self) -> GoldenSet:
        """Queries that every new index must answer."""
        from kb.ingestion.golden_set import GoldenSet

        return GoldenSet(self.database)

    @cached_property
    def search_loads(self) -> SearchLoads:
        """How long searches of this process take."""
        from kb.storage.search_loads import SearchLoads

        return SearchLoads(self.database, this_holder())

    @cached_property
    def checker(self) -> Checker:
        """Compares SQL, originals and the index."""
        from kb.ingestion.fsck import Checker

        return Checker(self.database, self.blobs, self.index_writer)

    @property
    def searcher(self) -> Searcher:
        """Answers queries, embedded as the index in service wants it.

        Which embedder that is, is looked up once a second: around a flip the store answers from
        the generation that the query was embedded for.
        """
        if time.monotonic() > self._searched_until:
            with self.database.read() as tx:
                live = generations.live(tx)
            self._searched_with = live.plan.embedder if live is not None else ""
            self._searched_until = time.monotonic() + _EMBEDDER_KNOWN_SECONDS
        return self._searcher_with(self._searched_with)

    @lru_cache(maxsize=4)  # noqa: B019  (as long-lived as the application)
    def _searcher_with(self, embedder: str) -> Searcher:
        from kb.search.retrieve import Searcher
        from kb.storage.pinned_store import MatchingSearchStore

        store = MatchingSearchStore(self.database, self.settings.index_path, embedder)
        return Searcher(store, lambda text: self.embedders.of(embedder).embed_query(text))

    def preload_for_reading(self) -> None:
        """Load what forked readers can share. Opens nothing and starts no thread."""
        self.embedder.count_tokens([])

    # Doing work ------------------------------------------------------------------------------

    def advance(self, job_id: int) -> None:
        """Look at a job, whatever its kind."""
        with self.database.read() as tx:
            kind = jobs.kind(tx, job_id)
        if kind == REINDEX:
            self.reindexer.advance(job_id)
        elif kind == TRAIN:
            self.loop.advance(job_id)
        elif kind == REDO:
            self.redos.advance(job_id)
        elif kind is not None:
            self.pipeline.advance(job_id)

    def work_until_idle(self) -> None:
        """Do all due work in this process; for commands when no worker is alive."""
        while self.work_once():
            pass

    def work_once(self) -> bool:
        """Look once at each of some due jobs; False when there was none."""
        with self.database.read() as tx:
            due = jobs.due(tx, limit=50)
        for job_id, _ in due:
            self.advance(job_id)
            self.index_writer.fold()
        if not due:
            self.index_writer.fold()
        return bool(due)

    # Life of the process tree ----------------------------------------------------------------

    def prepare(self) -> None:
        """Bring the data folder up to date: schema, first account, collection, taxonomy."""
        from kb.enrichment.taxonomy import default_taxonomy

        self.settings.data.mkdir(parents=True, exist_ok=True)
        self.database.migrate()
        with self.database.read() as tx:
            if documents.collections(tx, None) and understanding.taxonomies(tx):
                return
        with self.database.write() as tx:
            people.ensure_administrator(tx)
            if not documents.collections(tx, None):
                documents.add_collection(tx, FIRST_COLLECTION)
            if not understanding.taxonomies(tx):
                understanding.put_taxonomy(tx, default_taxonomy())

    def take_over(self) -> None:
        """Give back what processes held that are certainly gone: nobody else runs on this data."""
        with self.database.write() as tx:
            jobs.release_interrupted(tx)
            generations.release_all_leases(tx)

    def take_back(self) -> None:
        """Give back what processes of this machine held that are gone."""
        with self.database.write() as tx:
            jobs.release_abandoned(tx, alive=may_be_alive)

    def note_alive(self) -> None:
        """Tell commands on this data folder that workers are here."""
        with self.database.write() as tx:
            generations.acquire(tx, SCHEDULER_LEASE, holder=this_holder(), seconds=_ALIVE_SECONDS)

    def start_scheduled(self) -> None:
        """Start the re-indexes that fell due."""
        self.schedules.run_due(self.administrator())

    def workers_alive(self) -> bool:
        """Whether a scheduler, and so a process tree, works on this data."""
        with self.database.read() as tx:
            return generations.held(tx, SCHEDULER_LEASE)

    def administrator_has_password(self) -> bool:
        """Whether the server may be reached by others than this machine."""
        with self.database.read() as tx:
            return people.administrator_has_password(tx)

    def sign_in_link(self, url: str, *, always: bool) -> str | None:
        """A one-time sign-in link, ``always`` or while no administrator has a password."""
        if self.administrator_has_password() and not always:
            return None
        with self.database.write() as tx:
            administrator = people.ensure_administrator(tx)
            token = people.make_link(tx, administrator.id, lifetime=_LINK_LIFETIME)
        return f"{url}signin?token={token}"

    def administrator(self, name: str | None = None) -> Principal:
        """The local administrator, or the person called ``name``.

        Raises:
            NotFound: nobody is called that.
        """
        with self.database.write() as tx:
            if name is None:
                return people.principal(tx, people.ensure_administrator(tx))
            return people.principal(tx, people.user_named(tx, name))


def build(settings: Settings) -> Application:
    """Wire the application; nothing is opened, imported or started yet."""
    return Application(settings)
