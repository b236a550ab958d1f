"""What all tables share: the base class, times in UTC, ids that are never used again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    MetaData,
    Select,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase

AnySelect = Select[*tuple[Any, ...]]
"""A query over whatever columns."""


class UtcDateTime(TypeDecorator[dt.datetime]):
    """Aware UTC in Python, on databases with and without time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: dt.datetime | None,
        dialect: Dialect,
    ) -> dt.datetime | None:
        """Store UTC."""
        return None if value is None else value.astimezone(dt.UTC)

    def process_result_value(
        self,
        value: dt.datetime | None,
        dialect: Dialect,
    ) -> dt.datetime | None:
        """Give back aware UTC; SQLite returns naive values."""
        if value is None:
            return None
        aware = value if value.tzinfo else value.replace(tzinfo=dt.UTC)
        return aware.astimezone(dt.UTC)


def utc_now() -> dt.datetime:
    """Now, aware."""
    return dt.datetime.now(dt.UTC)


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  (SQLAlchemy's own protocol)
        dt.datetime: UtcDateTime(),
        dict[str, Any]: JSON,
        list[Any]: JSON,
        str: Text,
    }


NEVER_REUSED = {"sqlite_autoincrement": True}
