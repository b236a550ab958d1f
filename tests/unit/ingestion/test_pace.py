"""A build stands back while searches are slow, and never stops altogether."""

from __future__ import annotations

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kb.ingestion.pace import Pace, adapted, begin, gently, restored
from kb.storage.search_loads import SearchLoad, load_of


def load(p95: float, searches: int = 50) -> SearchLoad:
    return SearchLoad(searches, p95 / 2, p95)


def test_searches_may_be_a_quarter_slower_than_before() -> None:
    assert begin(load(100)).target_ms == 125
    assert begin(load(5)).target_ms == 30, "nobody feels less"
    assert begin(load(100, searches=2)).before_ms is None, "two searches say nothing"


def test_slow_searches_halve_the_share_and_quick_ones_raise_it_again() -> None:
    pace = begin(load(40))
    assert pace.share == 0.5, "slowly at first where people search"
    slowed = adapted(pace, load(200), 10)
    assert slowed.share == 0.25
    assert slowed.rest(1.0) == 3.0
    assert adapted(slowed, load(40), 10).share == pytest.approx(0.35)


def test_without_searches_it_goes_at_full_speed() -> None:
    slowed = adapted(begin(load(40)), load(500), 10)
    assert adapted(slowed, None, 10).share == 1.0
    assert adapted(slowed, None, 10).rest(5) == 0


@given(some.lists(some.floats(0.1, 10_000), max_size=60))
def test_it_goes_on_whatever_searches_do(p95s: list[float]) -> None:
    pace = begin(load(40))
    for p95 in p95s:
        pace = adapted(pace, load(p95), 1)
    assert 0.05 <= pace.share <= 1
    assert 0 <= pace.rest(1.0) <= 10
    assert restored(pace.stored()) == pace


def test_a_row_of_an_older_release_has_no_pace() -> None:
    assert restored(None) == restored({"unknown": 1}) == Pace()


def test_work_is_done_in_a_thread_of_lower_priority_and_its_errors_arrive() -> None:
    seen: list[int] = []
    gently(lambda: seen.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id())))
    assert seen[0] >= os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    with pytest.raises(ZeroDivisionError):
        gently(lambda: [][1 // 0])


@given(some.lists(some.floats(0, 1e6), min_size=1))
def test_p95_lies_between_the_median_and_the_worst(taken: list[float]) -> None:
    found = load_of(taken)
    assert found.searches == len(taken)
    assert found.p50_ms <= found.p95_ms + 0.01 <= max(taken) + 0.02
