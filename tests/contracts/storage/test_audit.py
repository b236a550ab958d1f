"""The audit log tells when it was changed."""

from __future__ import annotations

from sqlalchemy import text

from kb.storage import audit
from kb.storage.database import Database


def test_a_changed_or_removed_entry_breaks_the_chain(database: Database) -> None:
    with database.write() as tx:
        for number in range(5):
            audit.record(tx, actor="admin", action="test", subject=f"s:{number}", number=number)
    with database.read() as tx:
        assert audit.first_broken(tx) is None

    with database.write() as tx:
        tx.execute(text("UPDATE audit SET actor = 'somebody' WHERE id = 3"))
    with database.read() as tx:
        assert audit.first_broken(tx) == 3

    with database.write() as tx:
        tx.execute(text("DELETE FROM audit WHERE id IN (2, 3)"))
    with database.read() as tx:
        assert audit.first_broken(tx) == 4
