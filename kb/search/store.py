"""What search asks of the system of record; ``kb.storage`` implements it, bootstrap wires it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from kb.domain.access import Principal
from kb.domain.search import (
    LiveIndex,
    PassageOutline,
    PendingPassage,
    SearchFilters,
    StoredPassage,
)


class SearchStore(Protocol):
    """Read side of the system of record. Each call is one short transaction of its own.

    Methods may be called from many threads at once. "Live" means: the document is not in the
    trash and not purged; "current" means: the version is the one its document points to.
    """

    def live_index(self) -> LiveIndex | None:
        """Return the generation in service with its newest published snapshot, or None.

        Called at every search, so one indexed row read (or a value cached for at most a second).
        """
        ...

    def pending_mark(self, live: LiveIndex | None) -> str:
        """Return a short value that changes whenever ``pending(live)`` would answer differently.

        Called at every search: for example ``f"{count}:{max_id}:{vectors}"`` over the index
        events that snapshot ``live.snapshot`` does not cover. Equal marks mean equal answers.
        """
        ...

    def pending(self, live: LiveIndex | None) -> Sequence[PendingPassage]:
        """Return passages of live, current versions that the snapshot lacks in words or vector.

        ``None`` or ``live.snapshot == 0`` means that nothing is published: all passages of live,
        current versions are pending (at most 5,000, newest first, so that a search stays quick).
        A passage whose words are published and whose vector arrived later comes with its vector.
        Not filtered by permission: the searcher filters, and ``passages`` decides in the end.
        """
        ...

    def allowed_documents(
        self, filters: SearchFilters, principal: Principal
    ) -> frozenset[int] | None:
        """Return ids of live documents that meet ``filters`` and that ``principal`` may see.

        Called only when ``filters.by_property``; None means "every document of the allowed
        collections" (no restriction that the collection filter does not make already). A category
        includes its children in the taxonomy.
        """
        ...

    def collection_ids(self, names: frozenset[str], principal: Principal) -> frozenset[int]:
        """Return ids of visible collections whose name equals one of ``names``, case folded."""
        ...

    def outlines(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, PassageOutline]:
        """Return those of ``passage_ids`` (up to 2,000) that may leave the product, by id.

        The last word on permission: one SQL join on live document, current version, collection
        in ``visible_collections(principal)``. Ids that fail it, or do not exist, are left out.
        """
        ...

    def passages(
        self, passage_ids: Sequence[int], principal: Principal
    ) -> dict[int, StoredPassage]:
        """Return those of ``passage_ids`` in full, by the same rule; for the page that is shown."""
        ...

    def passages_of(self, document_id: int, principal: Principal) -> Sequence[StoredPassage]:
        """Return all passages of the document's current version in order, by the same rule.

        Empty when the document does not exist or ``principal`` may not see it.
        """
        ...
