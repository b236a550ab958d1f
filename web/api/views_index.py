"""Generations and schedules as the interface shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb.ingestion.gates import refused
from kb.ingestion.pace import restored
from kb.ingestion.reindex import Reindexer
from kb.ingestion.schedule import Scheduled
from kb.storage.generations import Flip, Generation, GenerationState
from kb.storage.golden import GoldenQuery
from kb.storage.schedules import Slot
from web.api import models_index as m
from web.api.models_base import CollectionRef

Names = Mapping[int, str]
_UNDER_WAY = (GenerationState.BUILDING, GenerationState.PAUSED)
_LONG = "side_by_side"


def generation(found: Generation, collections: Names, language: str = "en") -> m.GenerationOut:
    """A complete index; ``collections`` names those there are."""
    under_way = found.state in _UNDER_WAY
    reasons = refused(found.gates) if found.gates else None
    pace = restored(found.pace).stored() if under_way and found.pace else None
    return m.GenerationOut(
        id=found.id,
        state=found.state.value,
        embedder=found.embedder,
        passages=found.passages,
        created_at=found.created_at,
        activated_at=found.activated_at,
        collection=_collection(found.plan.collection_id, collections),
        flip=found.plan.flip,
        started_by=found.plan.started_by,
        progress=m.GenerationProgress(done=found.done, total=found.total) if under_way else None,
        pace=m.PaceOut(**pace) if pace else None,
        gates=_gates(found.gates) if found.gates else None,
        outdated=Reindexer.outdated(found),
        refused=reasons[language.startswith("zh")] if reasons else None,
    )


def in_full(shown: m.GenerationOut, found: Generation) -> m.GenerationOut:
    """With what both generations answered to each golden query."""
    pairs = (found.gates or {}).get("golden", {}).get(_LONG)
    if pairs is None:
        return shown
    return shown.model_copy(update={_LONG: [m.SideBySide(**pair) for pair in pairs]})


def golden(found: GoldenQuery, names: Names) -> m.GoldenOut:
    """A golden query; documents that are gone keep their number."""
    return m.GoldenOut(
        id=found.id or 0,
        query=found.query,
        documents=[m.RankedDocument(document=d, name=names.get(d, "")) for d in found.documents],
        created_by=found.created_by,
        created_at=found.created_at,
    )


def schedule(found: Scheduled, collections: Names, language: str) -> m.ScheduleOut:
    """A schedule with its next run and its newest runs."""
    one = found.schedule
    options = one.options or {}
    return m.ScheduleOut(
        id=one.id,
        action=one.action,
        cron=one.cron,
        time_zone=one.time_zone,
        missed=one.missed,
        collection=_collection(options.get("collection"), collections),
        flip=Flip(options.get("flip", Flip.AUTOMATIC)),
        next_run=found.next_run,
        runs=[_run(slot, language) for slot in found.slots],
        created_at=one.created_at,
    )


def _run(slot: Slot, language: str) -> m.RunOut:
    facts = slot.facts or {}
    return m.RunOut(
        slot=slot.slot,
        outcome=slot.outcome.value,
        started=slot.started_id,
        reason=facts.get("zh" if language.startswith("zh") else "en"),
        missed=facts.get("missed"),
    )


def _gates(gates: Mapping[str, Mapping[str, Any]]) -> list[m.GateOut]:
    return [
        m.GateOut(
            name=name,
            passed=gate["passed"],
            figures={key: gate[key] for key in gate if key not in {"passed", _LONG}},
        )
        for name, gate in gates.items()
    ]


def _collection(collection_id: int | None, names: Names) -> CollectionRef | None:
    if collection_id is None:
        return None
    return CollectionRef(id=collection_id, name=names.get(collection_id, ""))
