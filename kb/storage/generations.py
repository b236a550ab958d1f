"""Index generations, the events they take in, and named leases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, exists, func, insert, literal, select, update
from sqlalchemy.orm import Session

from kb.domain.errors import LeaseLost, NotFound
from kb.storage.passages import Portion, merged
from kb.storage.tables import (
    GenerationRow,
    IndexEventRow,
    IndexReceiptRow,
    LeaseRow,
    utc_now,
)


class GenerationState(StrEnum):
    """The life of a generation."""

    BUILDING = "building"
    PAUSED = "paused"
    READY = "ready"
    """Built and measured, waiting to be put into service."""
    LIVE = "live"
    PREVIOUS = "previous"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """Built, but a gate said no."""


class Flip(StrEnum):
    """What happens to a generation that passed its gates."""

    AUTOMATIC = "automatic"
    MANUAL = "manual"
    """It waits until an administrator puts it into service."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked of a build."""

    collection_id: int | None = None
    """Built anew; all else is shared with the generation it is based on. None: everything."""
    flip: Flip = Flip.AUTOMATIC
    started_by: str = ""
    embedder: str = ""
    """Name by which ``kb.embedding.choice`` finds it; "" is the built-in one."""
    analyser: str = ""
    """What made its terms; "" where it was not noted."""
    based_on: int | None = None
    """Generation whose files it began with, once they are there."""


class Aspect(StrEnum):
    """Which side of the index a change concerns."""

    WORDS = "words"
    VECTORS = "vectors"
    ANEW = "anew"
    """Passages were replaced: what the index holds of the version goes, what SQL holds comes."""
    GONE = "gone"


FOLLOWING = (
    GenerationState.BUILDING,
    GenerationState.PAUSED,
    GenerationState.READY,
    GenerationState.REFUSED,
    GenerationState.LIVE,
    GenerationState.PREVIOUS,
)
"""States in which a generation takes in events, so that it may be put into service."""
_HISTORY = 5
"""Cancelled builds that are still listed."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A complete index built with one set of models and settings."""

    id: int
    state: GenerationState
    embedder: str
    dimension: int
    snapshot: int
    passages: int
    cursor: int
    gates: dict[str, Any] | None
    created_at: dt.datetime
    activated_at: dt.datetime | None
    plan: Plan = Plan()
    done: int = 0
    """Passages its build has taken in."""
    total: int = 0
    """Passages there were to take in when it was last counted."""
    pace: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class IndexEvent:
    """A change to take in."""

    id: int
    version_id: int
    aspect: Aspect
    portion: Portion


@dataclass(frozen=True, slots=True)
class Lease:
    """A right held by this process; ``epoch`` fences what is written under it."""

    name: str
    holder: str
    epoch: int


# Generations ------------------------------------------------------------------------------


def create(
    tx: Session, *, embedder: str, dimension: int, state: GenerationState, plan: Plan | None = None
) -> Generation:
    """Begin a generation. Changes visible now are found by its build; later ones are events."""
    row = GenerationRow(
        embedder=embedder, dimension=dimension, state=state, plan=asdict(plan or Plan())
    )
    tx.add(row)
    tx.flush()
    _receive_all(tx, row.id)
    return _value(row)


def start_over(tx: Session, generation: Generation) -> None:
    """Let a build begin at the beginning, with no files."""
    tx.execute(delete(IndexReceiptRow).where(IndexReceiptRow.generation_id == generation.id))
    _receive_all(tx, generation.id)
    plan = asdict(generation.plan) | {"based_on": None}
    change(tx, generation.id, snapshot=0, passages=0, cursor=0, done=0, plan=plan)


def _receive_all(tx: Session, generation_id: int) -> None:
    """What changed so far is found by the build."""
    tx.execute(
        insert(IndexReceiptRow).from_select(
            ["generation_id", "event_id", "snapshot"],
            select(literal(generation_id), IndexEventRow.id, literal(0)),
        )
    )


def base_on(tx: Session, generation: Generation, source: Generation) -> None:
    """Let a build begin with what ``source`` holds in its newest snapshot.

    From there it follows the same events: those that ``source`` has not taken in wait for both.
    """
    tx.execute(delete(IndexReceiptRow).where(IndexReceiptRow.generation_id == generation.id))
    tx.execute(
        insert(IndexReceiptRow).from_select(
            ["generation_id", "event_id", "snapshot"],
            select(
                literal(generation.id), IndexReceiptRow.event_id, literal(source.snapshot)
            ).where(
                IndexReceiptRow.generation_id == source.id,
                IndexReceiptRow.snapshot <= source.snapshot,
            ),
        )
    )
    plan = asdict(generation.plan) | {"based_on": source.id}
    change(tx, generation.id, snapshot=source.snapshot, passages=source.passages, plan=plan)


def get(tx: Session, generation_id: int) -> Generation:
    """One generation.

    Raises:
        NotFound: no such generation.
    """
    row = tx.get(GenerationRow, generation_id)
    if row is None:
        raise NotFound(kind="generation", id=generation_id)
    return _value(row)


def in_state(tx: Session, *states: GenerationState) -> list[Generation]:
    """Generations in any of the states, oldest first; all of them when none is named."""
    query = select(GenerationRow).order_by(GenerationRow.id)
    if states:
        query = query.where(GenerationRow.state.in_(states))
    return [_value(row) for row in tx.scalars(query)]


def live(tx: Session) -> Generation | None:
    """The generation in service."""
    found = in_state(tx, GenerationState.LIVE)
    return found[-1] if found else None


def change(tx: Session, generation_id: int, **values: Any) -> None:  # noqa: ANN401
    """Change columns of a generation: state, cursor, gates."""
    tx.execute(update(GenerationRow).where(GenerationRow.id == generation_id).values(**values))


def put_into_service(tx: Session, generation_id: int) -> list[int]:
    """Flip: this one becomes live, the live one previous, older ones go; return those ids."""
    states = (GenerationState.PREVIOUS, GenerationState.LIVE)
    older = [g for g in in_state(tx, *states) if g.id != generation_id]
    stays = [g.id for g in older if g.state is GenerationState.LIVE]
    goes = [g.id for g in older if g.state is GenerationState.PREVIOUS]
    for kept in stays:
        change(tx, kept, state=GenerationState.PREVIOUS)
    change(tx, generation_id, state=GenerationState.LIVE, activated_at=utc_now())
    tx.execute(delete(GenerationRow).where(GenerationRow.id.in_(goes)))
    return goes


def discard_unused(tx: Session) -> list[int]:
    """Forget builds that were never put into service and old cancelled ones; return their ids."""
    cancelled = [g.id for g in in_state(tx, GenerationState.CANCELLED)]
    goes = [g.id for g in in_state(tx, GenerationState.READY, GenerationState.REFUSED)]
    goes += cancelled[:-_HISTORY]
    tx.execute(delete(GenerationRow).where(GenerationRow.id.in_(goes)))
    return goes


def remove(tx: Session, generation_id: int) -> None:
    """Forget a generation; its files are removed by the index writer."""
    tx.execute(delete(GenerationRow).where(GenerationRow.id == generation_id))


def _value(row: GenerationRow) -> Generation:
    return Generation(
        id=row.id,
        state=GenerationState(row.state),
        embedder=row.embedder,
        dimension=row.dimension,
        snapshot=row.snapshot,
        passages=row.passages,
        cursor=row.cursor,
        gates=row.gates,
        created_at=row.created_at,
        activated_at=row.activated_at,
        plan=_plan(row.plan),
        done=row.done,
        total=row.total,
        pace=row.pace,
    )


def _plan(stored: dict[str, Any]) -> Plan:
    known = {name: stored[name] for name in Plan.__slots__ if name in stored}
    if "flip" in known:
        known["flip"] = Flip(known["flip"])
    return Plan(**known)


# Events -----------------------------------------------------------------------------------


def announce(
    tx: Session, version_id: int, aspect: Aspect, *, first: int = 0, last: int | None = None
) -> None:
    """Tell every generation of a change, in the transaction that makes it.

    ``first`` and ``last`` are ordinals of the passages concerned, inclusive; all of them unless
    told.
    """
    tx.add(
        IndexEventRow(version_id=version_id, aspect=aspect, first_ordinal=first, last_ordinal=last)
    )
    tx.flush()


def waiting(tx: Session, generation_id: int, limit: int) -> list[IndexEvent]:
    """Events this generation has not taken in, oldest first.

    By receipt, not by "id greater than": commit order is not id order.
    """
    taken = exists().where(
        IndexReceiptRow.generation_id == generation_id,
        IndexReceiptRow.event_id == IndexEventRow.id,
    )
    rows = tx.scalars(select(IndexEventRow).where(~taken).order_by(IndexEventRow.id).limit(limit))
    return [
        IndexEvent(
            row.id,
            row.version_id,
            Aspect(row.aspect),
            Portion(row.version_id, row.first_ordinal, row.last_ordinal),
        )
        for row in rows
    ]


def publish(
    tx: Session,
    generation_id: int,
    *,
    snapshot: int,
    passages: int,
    events: Sequence[IndexEvent],
    lease: Lease,
) -> None:
    """Make a snapshot the newest one and note which events it covers.

    Raises:
        LeaseLost: another writer took over; the files written are left for it to remove.
    """
    assert_lease(tx, lease)
    tx.execute(
        update(GenerationRow)
        .where(GenerationRow.id == generation_id)
        .values(snapshot=snapshot, passages=passages)
    )
    if events:
        tx.execute(
            insert(IndexReceiptRow),
            [
                {"generation_id": generation_id, "event_id": event.id, "snapshot": snapshot}
                for event in events
            ],
        )


def forget_old_events(tx: Session, *, readers_lag_seconds: int = 60) -> int:
    """Drop events that every following generation took in and every reader has seen."""
    following = select(GenerationRow.id).where(GenerationRow.state.in_(FOLLOWING))
    lacks_receipt = exists(
        following.where(
            ~exists().where(
                IndexReceiptRow.generation_id == GenerationRow.id,
                IndexReceiptRow.event_id == IndexEventRow.id,
            )
        ).correlate(IndexEventRow)
    )
    old = utc_now() - dt.timedelta(seconds=readers_lag_seconds)
    gone = tx.execute(delete(IndexEventRow).where(IndexEventRow.created_at < old, ~lacks_receipt))
    return int(gone.rowcount)  # type: ignore[attr-defined]


def uncovered(tx: Session, generation_id: int, snapshot: int) -> tuple[str, list[Portion]]:
    """(a mark that changes when the answer does, passages) of events beyond ``snapshot``."""
    covered = exists().where(
        IndexReceiptRow.generation_id == generation_id,
        IndexReceiptRow.event_id == IndexEventRow.id,
        IndexReceiptRow.snapshot <= snapshot,
    )
    rows = tx.execute(
        select(
            IndexEventRow.id,
            IndexEventRow.version_id,
            IndexEventRow.first_ordinal,
            IndexEventRow.last_ordinal,
        )
        .where(~covered)
        .order_by(IndexEventRow.id)
    ).all()
    mark = f"{generation_id}:{snapshot}:{len(rows)}:{rows[-1].id if rows else 0}"
    return mark, merged([Portion(*row[1:]) for row in rows])


# Leases -----------------------------------------------------------------------------------


def acquire(
    tx: Session,
    name: str,
    *,
    holder: str,
    seconds: float,
    alive: Callable[[str], bool] = lambda _: True,
) -> Lease | None:
    """Take a named right, or keep it; None while another holder has it.

    ``alive`` says of a holder whether it may still be running: a right need not run out when
    whoever held it was killed.
    """
    row = tx.get(LeaseRow, name, with_for_update=True)
    now = tx.scalar(select(func.clock())) or 0.0
    if row is None:
        row = LeaseRow(name=name, holder=holder, epoch=1, until=now + seconds)
        tx.add(row)
        tx.flush()
        return Lease(name, holder, 1)
    if row.holder != holder:
        if row.until > now and alive(row.holder):
            return None
        row.holder, row.epoch = holder, row.epoch + 1
    row.until = now + seconds
    tx.flush()
    return Lease(name, holder, row.epoch)


def assert_lease(tx: Session, lease: Lease) -> None:
    """Raise LeaseLost unless ``lease`` is still the newest of its name."""
    row = tx.get(LeaseRow, lease.name, with_for_update=True)
    if row is None or row.epoch != lease.epoch or row.holder != lease.holder:
        raise LeaseLost(subject=lease.name)


def let_go(tx: Session, lease: Lease) -> None:
    """Give a named right back."""
    tx.execute(
        update(LeaseRow)
        .where(LeaseRow.name == lease.name, LeaseRow.epoch == lease.epoch)
        .values(until=0.0)
    )


def held(tx: Session, name: str) -> bool:
    """Whether anybody holds the right now."""
    query = select(LeaseRow.name).where(LeaseRow.name == name, LeaseRow.until > func.clock())
    return tx.scalar(query) is not None


def release_all_leases(tx: Session) -> None:
    """After the whole process tree was gone: nobody holds anything."""
    tx.execute(update(LeaseRow).values(until=0.0))
