"""The golden queries that a company keeps: what every new index must find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kb.access import require_admin
from kb.domain.access import Principal
from kb.domain.errors import InvalidInput
from kb.storage import audit, documents, golden
from kb.storage.database import Database, Session
from kb.storage.golden import GoldenQuery

_LONGEST = 2_000
_MOST_DOCUMENTS = 50


@dataclass(frozen=True, slots=True)
class GoldenSet:
    """Adds, lists and removes golden queries. For administrators."""

    database: Database

    def put(self, principal: Principal, query: str, wanted: Sequence[int]) -> int:
        """Keep a query with the documents that answer it; return its id.

        A query that is there already gets these documents instead of its own.

        Raises:
            Forbidden: not an administrator.
            InvalidInput: the query or the list is empty or too long.
            NotFound: no such document.
        """
        require_admin(principal)
        text = " ".join(query.split())
        if not text or len(text) > _LONGEST:
            raise InvalidInput(
                field="query",
                detail=f"1 to {_LONGEST} characters, please",
                detail_zh=f"请输入 1 至 {_LONGEST} 个字符",
            )
        if not wanted or len(wanted) > _MOST_DOCUMENTS:
            raise InvalidInput(
                field="documents",
                detail=f"name 1 to {_MOST_DOCUMENTS} documents that answer the query",
                detail_zh=f"请指定 1 至 {_MOST_DOCUMENTS} 份能回答该查询的文档",
            )
        with self.database.write() as tx:
            for document_id in wanted:
                documents.get(tx, document_id, None)
            kept = golden.put(tx, text, sorted(set(wanted)), principal.name)
            _note(tx, principal, "golden.kept", kept)
        return kept

    def list(self, principal: Principal) -> list[GoldenQuery]:
        """All of them, oldest first."""
        require_admin(principal)
        with self.database.read() as tx:
            return golden.all_of(tx)

    def remove(self, principal: Principal, query_id: int) -> None:
        """Forget one.

        Raises:
            Forbidden: not an administrator.
            NotFound: no such query.
        """
        require_admin(principal)
        with self.database.write() as tx:
            golden.remove(tx, query_id)
            _note(tx, principal, "golden.removed", query_id)


def _note(tx: Session, principal: Principal, action: str, query_id: int) -> None:
    audit.record(tx, actor=principal.name, action=action, subject=f"golden_query:{query_id}")
