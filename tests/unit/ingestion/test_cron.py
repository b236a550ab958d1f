"""Slots follow the clock on the wall, also on the two days of the year when it jumps."""

from __future__ import annotations

import datetime as dt
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kb.domain.errors import InvalidInput
from kb.ingestion.cron import checked, last_slot, next_slot, slots, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
SPRING, AUTUMN = (
    dt.datetime(2026, 3, 28, 12, tzinfo=dt.UTC),
    dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC),
)


def told(cron: str, after: dt.datetime, count: int, zone: dt.tzinfo = BERLIN) -> list[str]:
    return [slot.isoformat()[5:] for slot in islice(slots(cron, zone, after), count)]


def test_an_hour_that_is_skipped_runs_right_behind_the_gap_once() -> None:
    assert told("30 2 * * *", SPRING, 2) == ["03-29T03:30:00+02:00", "03-30T02:30:00+02:00"]


def test_an_hour_that_comes_twice_runs_once_at_a_fixed_time() -> None:
    assert told("30 2 * * *", AUTUMN, 2) == ["10-25T02:30:00+02:00", "10-26T02:30:00+01:00"]


def test_an_hour_that_comes_twice_runs_twice_when_every_hour_is_meant() -> None:
    after = dt.datetime(2026, 10, 24, 23, 10, tzinfo=dt.UTC)
    assert told("*/30 * * * *", after, 6) == [
        "10-25T01:30:00+02:00",
        "10-25T02:00:00+02:00",
        "10-25T02:30:00+02:00",
        "10-25T02:00:00+01:00",
        "10-25T02:30:00+01:00",
        "10-25T03:00:00+01:00",
    ]


def test_the_zone_decides_when_two_o_clock_is() -> None:
    after = dt.datetime(2026, 11, 24, 11, tzinfo=dt.UTC)
    found = next_slot("0 2 * * *", ZoneInfo("Asia/Shanghai"), after)
    assert found.astimezone(dt.UTC) == dt.datetime(2026, 11, 24, 18, tzinfo=dt.UTC)


def test_missed_slots_are_counted() -> None:
    until = dt.datetime(2026, 11, 24, 11, tzinfo=dt.UTC)
    found = last_slot("0 2 * * *", BERLIN, until - dt.timedelta(days=3), until)
    assert found is not None
    assert (found[0].isoformat(), found[1]) == ("2026-11-24T02:00:00+01:00", 3)
    assert last_slot("0 2 * * *", BERLIN, until - dt.timedelta(hours=5), until) is None


def test_years_of_missed_minutes_are_not_walked_through() -> None:
    until = dt.datetime(2026, 11, 24, 11, 0, 30, tzinfo=dt.UTC)
    found = last_slot("* * * * *", BERLIN, dt.datetime(2020, 1, 1, tzinfo=dt.UTC), until)
    assert found is not None
    assert found[0] == until.replace(second=0)


@pytest.mark.parametrize("wrong", ["every day", "0 2 * *", "0 0 2 * * *", "61 2 * * *", "@daily"])
def test_what_is_not_a_cron_expression_is_refused(wrong: str) -> None:
    with pytest.raises(InvalidInput):
        checked(wrong)


def test_what_never_happens_is_refused() -> None:
    with pytest.raises(InvalidInput, match="never happens"):
        checked("0 0 31 2 *")


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(InvalidInput, match="not a time zone"):
        zone_of("Mars/Olympus")


@given(
    cron=some.sampled_from(
        ["*/15 * * * *", "0 * * * *", "30 2 * * *", "0 0 1 * *", "5 1-4 * * 0", "0 3 29 2 *"]
    ),
    zone=some.sampled_from(
        ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai"]
    ),
    days=some.floats(0, 3_650),
)
def test_slots_are_later_than_asked_for_and_in_order(cron: str, zone: str, days: float) -> None:
    begin = dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + dt.timedelta(days=days)
    found = [s.astimezone(dt.UTC) for s in islice(slots(cron, ZoneInfo(zone), begin), 8)]
    assert found[0] > begin
    assert found == sorted(set(found))
    # beginning anew behind a slot goes on with the next one
    assert next_slot(cron, ZoneInfo(zone), found[3]).astimezone(dt.UTC) == found[4]
