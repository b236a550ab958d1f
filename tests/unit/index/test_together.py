"""Concurrent searches over the same rows."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from kb.index.rows import Found, Matrix, Positions
from kb.index.together import Together

ROWS = np.arange(5, dtype=np.int64)


class Scorer:
    """Scores by the sum of the query; the first run waits until it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.busy, self.go = threading.Event(), threading.Event()

    def __call__(self, rows: Positions, queries: Matrix, k: int) -> list[Found]:
        self.sizes.append(len(queries))
        if len(self.sizes) == 1:
            self.busy.set()
            self.go.wait(20)
        if len(queries) > 1 and np.isnan(queries).any():
            raise FloatingPointError
        if np.isnan(queries).any():
            raise ValueError("this query")
        return [(rows[:k], np.full(k, query.sum(), np.float32)) for query in queries]


def ask_all(scorer: Scorer, firsts: list[float]) -> list[float | Exception]:
    together = Together(scorer)

    def ask(value: float) -> float | Exception:
        try:
            return float(together.ask(ROWS, np.array([value], np.float32), 2)[1][0])
        except (ValueError, FloatingPointError) as error:
            return error

    with ThreadPoolExecutor(len(firsts)) as threads:
        first = threads.submit(ask, firsts[0])
        assert scorer.busy.wait(20)
        others = []
        for value in firsts[1:]:
            others.append(threads.submit(ask, value))
            while sum(map(len, together._waiting.values())) < len(others):
                threading.Event().wait(0.005)
        scorer.go.set()
        return [one.result(20) for one in (first, *others)]


def test_those_that_wait_are_answered_in_one_run_each_with_its_own() -> None:
    scorer = Scorer()

    assert ask_all(scorer, [1.0, 2.0, 3.0, 4.0]) == [1.0, 2.0, 3.0, 4.0]
    assert scorer.sizes == [1, 3]


def test_a_failure_reaches_who_led_and_who_caused_it_and_nobody_else() -> None:
    first, leader, cause, other = ask_all(Scorer(), [1.0, 2.0, float("nan"), 4.0])

    assert (first, other) == (1.0, 4.0)
    assert isinstance(leader, FloatingPointError)
    assert isinstance(cause, ValueError)
