"""Opaque places in lists."""

from __future__ import annotations

import base64
import binascii

from kb.domain.errors import InvalidInput


def cursor_after(*place: float) -> str:
    """Behind the entry with these keys."""
    text = "after:" + ":".join(map(repr, place))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_of(cursor: str | None) -> int | None:
    """Read a ``cursor_after`` of one id back; None is the beginning.

    Raises:
        InvalidInput: it is not a cursor of ours.
    """
    found = places_of(cursor, 1)
    return None if found is None else int(found[0])


def places_of(cursor: str | None, keys: int) -> list[float] | None:
    """Read a ``cursor_after`` of so many keys back; None is the beginning.

    Raises:
        InvalidInput: it is not a cursor of ours.
    """
    if not cursor:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        found = [float(part) for part in text.removeprefix("after:").split(":")]
        return [found[at] for at in range(keys)]
    except (binascii.Error, ValueError, IndexError) as error:  # UnicodeDecodeError is a ValueError
        raise InvalidInput(
            field="cursor", detail="not a cursor of this list", detail_zh="不是本列表的游标"
        ) from error
