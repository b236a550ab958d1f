"""Bulk re-index: a FUTURE generation is built beside the live one, measured, then flipped in.

What is built: everything, or one collection. The index is one for all collections, so a generation
for a collection begins with the files of the live one and builds only that collection anew;
everything else, words and vectors, is shared with the live generation on the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from kb.access import require_admin
from kb.domain.access import Principal
from kb.domain.errors import Conflict, InvalidInput, NotFound
from kb.embedding.choice import BUILT_IN, Embedders
from kb.index.fingerprint import analyser_identity
from kb.ingestion import pace
from kb.ingestion.building import Builder
from kb.ingestion.dispatch import ring_indexer, ring_outbox
from kb.jobs.protocol import REINDEX, Doorbell, Queue
from kb.storage import audit, documents, generations, jobs, search_loads
from kb.storage.database import Database, Session
from kb.storage.generations import Flip, Generation, GenerationState, Plan

_BEFORE_SECONDS = 3_600.0
"""Searches so long ago still say how long they take without a build."""
_UNFINISHED = (GenerationState.BUILDING, GenerationState.PAUSED)
_MAY_SERVE = (GenerationState.READY, GenerationState.PREVIOUS)
_STATES_ZH = {
    GenerationState.BUILDING: "正在构建",
    GenerationState.PAUSED: "已暂停",
    GenerationState.READY: "待上线",
    GenerationState.LIVE: "正在服务",
    GenerationState.PREVIOUS: "上一代",
    GenerationState.CANCELLED: "已取消",
    GenerationState.REFUSED: "未通过检查",
}


class Gates(Enum):
    """What the gates' verdict is worth to an administrator."""

    OBEYED = "obeyed"
    OVERRULED = "overruled"


@dataclass(frozen=True, slots=True)
class Reindexer:
    """Starts, steers and flips generations."""

    database: Database
    doorbell: Doorbell
    builder: Builder
    embedders: Embedders

    def start(
        self,
        principal: Principal,
        *,
        collection_id: int | None = None,
        flip: Flip = Flip.AUTOMATIC,
        embedder: str | None = None,
    ) -> int:
        """Begin a new generation; return its id.

        Builds that were never put into service make way.

        Args:
            principal: an administrator.
            collection_id: build only this one anew; None is everything.
            flip: whether it goes into service by itself once it passed its gates.
            embedder: see ``kb.embedding.choice``; None is the one in force.

        Raises:
            Forbidden: not an administrator.
            NotFound: no such collection.
            Conflict: one is being built already.
            InvalidInput: no such embedder, or a collection with another one than the rest has.
            ModelFailure: the embedder does not answer.
        """
        require_admin(principal)
        name = self._embedder(embedder, collection_id)
        chosen = self.embedders.of(name)
        if name:
            chosen.warm_up()
        with self.database.write() as tx:
            if found := generations.in_state(tx, *_UNFINISHED):
                raise Conflict(
                    detail=f"generation {found[-1].id} is being built already",
                    detail_zh=f"第 {found[-1].id} 代索引正在构建中",
                )
            if collection_id is not None:
                documents.collection_with_id(tx, collection_id, None)
            generations.discard_unused(tx)
            generation = generations.create(
                tx,
                embedder=chosen.model,
                dimension=chosen.dimension,
                state=GenerationState.BUILDING,
                plan=Plan(collection_id, flip, principal.name, name, analyser_identity()),
            )
            before = pace.begin(search_loads.recent(tx, within_seconds=_BEFORE_SECONDS))
            generations.change(tx, generation.id, pace=before.stored())
            self._enqueue(tx, generation.id)
            _note(tx, principal, "reindex.started", generation.id)
        ring_outbox(self.database, self.doorbell)
        return generation.id

    @staticmethod
    def outdated(generation: Generation) -> bool:
        """Whether its terms were made by another analyser than queries are read with."""
        made_by = generation.plan.analyser
        return made_by not in ("", analyser_identity())

    def _embedder(self, wanted: str | None, collection_id: int | None) -> str:
        with self.database.read() as tx:
            live = generations.live(tx)
        in_force = live.plan.embedder if live is not None else BUILT_IN
        name = in_force if wanted is None else self.embedders.named(wanted)
        if collection_id is not None and live is not None and self.outdated(live):
            raise InvalidInput(
                field="collection",
                detail="the index was made by an older analyser; build all collections anew",
                detail_zh="现有索引由旧版分词器建立，请重建全部文档库",
            )
        if collection_id is not None and name != in_force:
            raise InvalidInput(
                field="embedder",
                detail="one index compares the vectors of all collections; change it for all",
                detail_zh="同一索引比较所有文档库的向量；更换向量模型请重建全部文档库",
            )
        return name

    def scheduled(self, principal: Principal, options: Mapping[str, Any]) -> int:
        """``start`` as a schedule asks for it: ``collection`` (id) and ``flip``."""
        return self.start(
            principal,
            collection_id=options.get("collection"),
            flip=Flip(options.get("flip", Flip.AUTOMATIC)),
        )

    def pause(self, principal: Principal) -> int:
        """Stop the build where it is; return its generation."""
        return self._steer(principal, "paused", GenerationState.BUILDING, GenerationState.PAUSED)

    def resume(self, principal: Principal) -> int:
        """Go on with a paused build; return its generation."""
        found = self._steer(principal, "resumed", GenerationState.PAUSED, GenerationState.BUILDING)
        ring_outbox(self.database, self.doorbell)
        return found

    def cancel(self, principal: Principal) -> int:
        """Give the build up; its files are removed. Return its generation."""
        require_admin(principal)
        with self.database.write() as tx:
            generation = _unfinished(tx)
            generations.change(tx, generation.id, state=GenerationState.CANCELLED)
            jobs.stop_building(tx, generation.id)
            _note(tx, principal, "reindex.cancelled", generation.id)
        ring_indexer(self.doorbell)
        return generation.id

    def activate(
        self, generation_id: int, principal: Principal, gates: Gates = Gates.OBEYED
    ) -> None:
        """Put a built generation into service.

        Args:
            generation_id: of one that is built; it took in every change since.
            principal: an administrator.
            gates: whether one that its gates refused may serve all the same.

        Raises:
            Conflict: it is not built, was refused, or is in service already.
        """
        require_admin(principal)
        may_serve = (*_MAY_SERVE, *([GenerationState.REFUSED] if gates is Gates.OVERRULED else []))
        with self.database.write() as tx:
            generation = generations.get(tx, generation_id)
            if generation.state not in may_serve:
                raise _in_state(generation)
            generations.put_into_service(tx, generation_id)
            action = "generation.activated"
            if generation.state is GenerationState.REFUSED:
                action = "generation.overruled"
            _note(tx, principal, action, generation_id)
        ring_indexer(self.doorbell)

    def rollback(self, principal: Principal) -> int:
        """Put the previous generation back into service; return its id.

        Raises:
            NotFound: there is none.
        """
        with self.database.read() as tx:
            previous = generations.in_state(tx, GenerationState.PREVIOUS)
        if not previous:
            raise NotFound(kind="generation", id="previous")
        self.activate(previous[-1].id, principal)
        return previous[-1].id

    def list(self) -> list[Generation]:
        """All generations, oldest first."""
        with self.database.read() as tx:
            return generations.in_state(tx)

    def advance(self, job_id: int) -> None:
        """Do one slice of a build."""
        self.builder.advance(job_id)

    def _steer(
        self, principal: Principal, what: str, now: GenerationState, then: GenerationState
    ) -> int:
        require_admin(principal)
        with self.database.write() as tx:
            generation = _unfinished(tx)
            if generation.state is not now:
                raise _in_state(generation)
            generations.change(tx, generation.id, state=then)
            if then is GenerationState.BUILDING:
                self._enqueue(tx, generation.id)
            _note(tx, principal, f"reindex.{what}", generation.id)
        return generation.id

    def _enqueue(self, tx: Session, generation_id: int) -> None:
        job_id = jobs.enqueue(tx, stage=REINDEX, queue=Queue.INDEX, generation_id=generation_id)
        jobs.ring_later(tx, Queue.INDEX, job_id)


def _unfinished(tx: Session) -> Generation:
    found = generations.in_state(tx, *_UNFINISHED)
    if not found:
        raise NotFound(kind="generation", id="building")
    return found[-1]


def _in_state(generation: Generation) -> Conflict:
    return Conflict(
        detail=f"generation {generation.id} is {generation.state.value}",
        detail_zh=f"第 {generation.id} 代索引{_STATES_ZH[generation.state]}",
    )


def _note(tx: Session, principal: Principal, action: str, generation_id: int) -> None:
    audit.record(tx, actor=principal.name, action=action, subject=f"generation:{generation_id}")
