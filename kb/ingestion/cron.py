"""Slots of a cron expression in a time zone, across the changes of summer time.

The clock on the wall decides, as in Vixie cron. Where it springs forward, what would fall into
the missing hour runs right behind it, once. Where it goes back, a job at a fixed hour runs in the
first of the two hours only; a job of every hour runs in both.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import croniter

from kb.domain.errors import InvalidInput

_LOCALTIME = Path("/etc/localtime")
_FIELDS = 5
_CHANGE = dt.timedelta(hours=3)
"""No change of a clock is longer."""
_MOST_COUNTED = 1_000


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name in the IANA database; "" is the machine's.

    Raises:
        InvalidInput: there is none of that name.
    """
    try:
        return ZoneInfo(name or _machine_zone())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            field="time_zone",
            detail=f"“{name}” is not a time zone; use a name such as Asia/Shanghai",
            detail_zh=f"“{name}”不是时区；请使用 Asia/Shanghai 这样的名称",
        ) from error


def _machine_zone() -> str:
    """Name of the machine's zone; UTC where it has none."""
    _, found, name = str(_LOCALTIME.resolve()).partition("/zoneinfo/")
    return name.removeprefix("posix/") if found else "UTC"


def checked(cron: str) -> str:
    """The expression with single blanks between its five fields.

    Raises:
        InvalidInput: it is not a cron expression, or no day ever meets it.
    """
    fields = cron.split()
    if len(fields) != _FIELDS or not croniter.is_valid(" ".join(fields)):
        raise InvalidInput(
            field="cron",
            detail=f"“{cron}” is not minute hour day month weekday",
            detail_zh=f"“{cron}”不是“分 时 日 月 周”格式",
        )
    found = " ".join(fields)
    if next(_clock_times(found, dt.datetime(2024, 1, 1)), None) is None:  # noqa: DTZ001  (wall clock)
        raise InvalidInput(
            field="cron", detail=f"“{cron}” never happens", detail_zh=f"“{cron}”永远不会发生"
        )
    return found


def next_slot(cron: str, zone: dt.tzinfo, after: dt.datetime) -> dt.datetime:
    """The first slot later than ``after``; aware, in ``zone``."""
    return next(slots(cron, zone, after))


def slots(cron: str, zone: dt.tzinfo, after: dt.datetime) -> Iterator[dt.datetime]:
    """The slots later than ``after`` in order."""
    both = cron.split()[1].startswith("*")
    begin = after.astimezone(zone).replace(tzinfo=None) - _CHANGE
    last = after.astimezone(dt.UTC)
    held: list[dt.datetime] = []
    for clock in _clock_times(cron, begin):
        instants = {_instant(clock, zone, fold) for fold in ((0, 1) if both else (0,))}
        # Whatever lies so far behind this time of the wall clock cannot be overtaken any more.
        certain = _instant(clock - _CHANGE, zone, 0)
        ready = sorted(instant for instant in held if instant < certain)
        held = [instant for instant in held if instant >= certain]
        held += [instant for instant in instants if instant > last and instant not in held]
        for instant in ready:
            last = max(last, instant)
            yield instant.astimezone(zone)
    yield from (instant.astimezone(zone) for instant in sorted(held))


def last_slot(
    cron: str, zone: dt.tzinfo, after: dt.datetime, until: dt.datetime
) -> tuple[dt.datetime, int] | None:
    """(the newest slot in ``after`` < slot <= ``until``, how many there were); None without one."""
    found, count = None, 0
    for slot in slots(cron, zone, after):
        if slot > until:
            break
        found, count = slot, count + 1
        if count == _MOST_COUNTED:  # long ago, and often: go on near the end
            recent = slots(cron, zone, max(slot, until - dt.timedelta(days=1)))
            found = _newest(recent, until) or found
            break
    return None if found is None else (found, count)


def _newest(found: Iterator[dt.datetime], until: dt.datetime) -> dt.datetime | None:
    newest = None
    for slot in found:
        if slot > until:
            return newest
        newest = slot
    return newest


def _clock_times(cron: str, begin: dt.datetime) -> Iterator[dt.datetime]:
    """Times of the wall clock, without a zone, later than ``begin``."""
    times = croniter(cron, begin, max_years_between_matches=10)
    while True:
        try:
            yield times.get_next(dt.datetime)
        except (StopIteration, ValueError):  # croniter's way to say: never again
            return


def _instant(clock: dt.datetime, zone: dt.tzinfo, fold: int) -> dt.datetime:
    """The moment of a time of the wall clock; a skipped one comes behind the gap (PEP 495)."""
    return clock.replace(tzinfo=zone, fold=fold).astimezone(dt.UTC)
