"""Large vector segments: lists, lean, filters at every selectivity, damage of each file."""

import threading

import numpy as np
import pytest

from kb.domain.errors import IndexCorrupt
from kb.index.allowed import Allowed
from kb.index.build import Memory
from kb.index.segment import Segment
from kb.index.snapshots import Kind
from kb.index.vectors import VectorFold, search_segments

# In few dimensions the ten nearest are closer to each other than eight bits can tell.
DIMENSION, ROWS = 128, 34_000
ALL = Allowed(None, None)
KINDS = {Memory.HOT: Kind.LISTS, Memory.LEAN: Kind.LEAN}


def clustered(rows):
    random = np.random.default_rng(3)
    centres = random.standard_normal((200, DIMENSION))
    vectors = centres[random.integers(0, 200, rows)]
    vectors = vectors + 0.6 * random.standard_normal((rows, DIMENSION))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


VECTORS = clustered(ROWS + 40)
QUERIES = VECTORS[ROWS:]


def ids_of(number):
    return (number, number // 2, number % 10, number // 2)


class Built:
    def __init__(self, directory, memory):
        self.directory = directory
        self.fold = VectorFold(directory, DIMENSION, memory)
        rows = [(*ids_of(n), VECTORS[n]) for n in range(ROWS)]
        self.records = self.fold.apply((), rows, [])
        self.segments = [Segment(directory, one, DIMENSION) for one in self.records]

    def recall(self, allowed, mask, k=10):
        hits = total = 0
        for query in QUERIES:
            found = search_segments(self.segments, query, k, allowed).passages.tolist()
            ids = np.flatnonzero(mask)
            wanted = ids[np.argsort(-(VECTORS[ids] @ query))[:k]].tolist()
            assert mask[found].all()
            assert len(found) == len(wanted)
            hits += len(set(found) & set(wanted))
            total += len(wanted)
        return hits / total


@pytest.fixture(scope="module", params=list(Memory))
def built(request, tmp_path_factory):
    return request.param, Built(tmp_path_factory.mktemp(request.param.value), request.param)


def test_a_large_segment_has_lists_and_finds_nearly_all(built):
    memory, index = built

    assert [record.kind for record in index.records] == [KINDS[memory]]
    assert index.recall(ALL, np.ones(ROWS, np.bool_)) >= 0.95
    assert index.recall(ALL, np.ones(ROWS, np.bool_), 100) >= 0.95


@pytest.mark.parametrize("share", [0.0002, 0.001, 0.01, 0.1, 0.3, 0.5, 0.95])
def test_a_filter_keeps_the_recall_at_every_selectivity(built, share):
    chosen = np.random.default_rng(5).random(ROWS // 2) < share
    allowed = Allowed(None, frozenset(np.flatnonzero(chosen).tolist()))

    assert built[1].recall(allowed, np.repeat(chosen, 2)) >= 0.95


def test_a_filter_that_allows_only_distant_rows_still_finds_the_best_of_them(built):
    nearness = VECTORS[:ROWS] @ QUERIES[0]
    documents = frozenset((np.flatnonzero(nearness < np.quantile(nearness, 0.3)) // 2).tolist())
    mask = np.isin(np.arange(ROWS) // 2, list(documents))

    assert built[1].recall(Allowed(None, documents), mask) >= 0.95


def test_collections_and_documents_restrict_together(built):
    documents = frozenset(range(3000))
    mask = (np.arange(ROWS) // 2 < 3000) & np.isin(np.arange(ROWS) % 10, [3, 4])

    assert built[1].recall(Allowed(frozenset({3, 4}), documents), mask) >= 0.95


def test_removed_rows_are_never_found_and_merges_keep_the_rest(built):
    _, index = built
    some = [int(n) for n in range(0, 2000, 2)]
    records = index.fold.apply(index.records, [], some)
    segments = [Segment(index.directory, one, DIMENSION) for one in records]

    for n in (0, 1, 8, 9):
        assert n not in search_segments(segments, VECTORS[n], 10, ALL).passages
    for n in (2, 3, 20_000):
        assert search_segments(segments, VECTORS[n], 1, ALL).passages.tolist() == [n]


def test_rows_decode_to_what_was_put_in(built):
    segment = built[1].segments[0]
    positions = np.array([0, 5, ROWS - 1])

    found = segment.vectors(positions)

    assert np.allclose(found, VECTORS[segment.rows[positions, 0]], atol=0.01)


def test_concurrent_searches_of_one_selection_answer_as_lone_ones(built):
    allowed = Allowed(None, frozenset(range(150)))
    lone = [search_segments(built[1].segments, query, 5, allowed) for query in QUERIES]
    answers = [None] * len(QUERIES)
    ready = threading.Barrier(len(QUERIES))

    def ask(number):
        ready.wait()
        answers[number] = search_segments(built[1].segments, QUERIES[number], 5, allowed)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(QUERIES))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    for one, other in zip(lone, answers, strict=True):
        assert one.passages.tolist() == other.passages.tolist()
        assert np.allclose(one.scores, other.scores, atol=1e-5)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "missing"])
def test_each_damaged_file_of_a_segment_is_found_before_it_is_mapped(built, damage):
    _, index = built
    (record,) = index.records
    for name in record.files:
        path = index.directory / name
        sound = path.read_bytes()
        path.unlink()
        if damage == "truncated":
            path.write_bytes(sound[: len(sound) // 2])
        elif damage == "flipped":
            path.write_bytes(sound[:-9] + bytes([sound[-9] ^ 1]) + sound[-8:])
        with pytest.raises(IndexCorrupt):
            Segment(index.directory, record, DIMENSION)
        path.unlink(missing_ok=True)
        path.write_bytes(sound)
    Segment(index.directory, record, DIMENSION)
