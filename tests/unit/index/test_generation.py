"""A generation on disk: folded by the writer, answered by the reader."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.domain.errors import IndexCorrupt, IndexFailure
from kb.domain.search import IndexEntry
from kb.index.allowed import Allowed
from kb.index.expression import Field, LexicalQuery, bag_of, phrase_of
from kb.index.generation import GenerationReader, GenerationWriter
from kb.index.pending import PendingIndex

ALL = Allowed(None, None)
DIMENSION = 16


def entry(passage, text, *, document=None, collection=1, title="", name=""):
    document = passage if document is None else document
    return IndexEntry(passage, document, document, collection, title, name, "", text)


def vector_of(passage):
    vector = np.random.default_rng(passage).standard_normal(DIMENSION).astype(np.float32)
    return vector / np.linalg.norm(vector)


def row(passage, *, document=None, collection=1):
    document = passage if document is None else document
    return (passage, document, collection, document, vector_of(passage))


def words(text):
    return LexicalQuery(bag_of(text))


@pytest.fixture
def writer(tmp_path):
    return GenerationWriter(tmp_path, DIMENSION, "model")


def reader_of(directory):
    reader = GenerationReader(directory)
    reader.refresh()
    return reader


def test_what_was_folded_is_found_by_words_and_by_meaning(writer, tmp_path):
    writer.apply([entry(7, "网络安全法"), entry(8, "天气")], [row(7), row(8)], [])

    reader = reader_of(tmp_path)

    assert reader.lexical(words("網絡安全"), 10, ALL).passages.tolist() == [7]
    assert reader.vector(vector_of(8), 1, ALL).passages.tolist() == [8]
    assert reader.vector(vector_of(8), 1, ALL).scores[0] == pytest.approx(1, abs=0.01)


def test_a_repeated_fold_doubles_nothing(writer, tmp_path):
    batch = ([entry(1, "one"), entry(2, "two")], [row(1), row(2)])

    for _ in range(3):
        writer.apply(*batch, [])

    lexical, vectors = writer.passage_ids()
    assert lexical.tolist() == vectors.tolist() == [1, 2]
    assert (writer.counts().lexical, writer.counts().vectors) == (2, 2)
    assert reader_of(tmp_path).lexical(words("one"), 10, ALL).passages.tolist() == [1]


def test_a_fold_killed_before_its_manifest_is_repeated_whole(writer, tmp_path):
    writer.apply([entry(1, "one")], [row(1)], [])
    writer.apply([entry(2, "two")], [row(2)], [])
    newest = max((tmp_path / "snapshots").glob("*.json"))
    newest.unlink()  # words are committed, the manifest never appeared

    writer.apply([entry(2, "two")], [row(2)], [])

    assert [ids.tolist() for ids in writer.passage_ids()] == [[1, 2], [1, 2]]


def test_a_removed_version_is_gone_from_both_sides(writer, tmp_path):
    writer.apply([entry(1, "same"), entry(2, "same")], [row(1), row(2)], [])

    writer.apply([], [], [1])

    reader = reader_of(tmp_path)
    assert reader.lexical(words("same"), 10, ALL).passages.tolist() == [2]
    assert reader.vector(vector_of(1), 10, ALL).passages.tolist() == [2]


def test_an_empty_batch_publishes_nothing(writer):
    first = writer.apply([entry(1, "one")], [], [])

    assert writer.apply([], [], []) == first
    assert writer.snapshot == first.number


def test_permission_acts_before_the_best_are_chosen(writer, tmp_path):
    entries = [entry(n, "合同 合同", collection=1) for n in range(50)]
    entries.append(entry(99, "一份很长的文件里提到了合同这个词" * 3, collection=2))
    rows = [row(n, collection=1) for n in range(50)] + [row(99, collection=2)]
    writer.apply(entries, rows, [])
    reader = reader_of(tmp_path)
    granted = Allowed(frozenset({2}), None)

    assert reader.lexical(words("合同"), 1, granted).passages.tolist() == [99]
    assert reader.vector(vector_of(3), 1, granted).passages.tolist() == [99]
    for nothing in (Allowed(frozenset(), None), Allowed(None, frozenset())):
        assert not len(reader.lexical(words("合同"), 5, nothing).passages)
        assert not len(reader.vector(vector_of(3), 5, nothing).passages)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sets(st.integers(0, 199), max_size=200), st.integers(1, 20))
def test_filtered_meaning_equals_brute_force_at_every_selectivity(generation, documents, k):
    allowed = Allowed(None, frozenset(documents))
    found = generation.vector(vector_of(1000), k, allowed)

    scores = {n: float(vector_of(n) @ vector_of(1000)) for n in documents}
    best = sorted(scores, key=lambda n: -scores[n])[:k]
    assert len(found.passages) == len(best)
    assert set(found.passages.tolist()) <= documents
    for score, passage in zip(found.scores, best, strict=True):
        assert score == pytest.approx(scores[passage], abs=0.01)


@pytest.fixture(scope="module")
def generation(tmp_path_factory):
    directory = tmp_path_factory.mktemp("generation")
    writer = GenerationWriter(directory, DIMENSION, "model")
    for start in range(0, 200, 40):
        writer.apply([], [row(n) for n in range(start, start + 40)], [])
    return reader_of(directory)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(st.sets(st.integers(0, 30), max_size=6), st.sets(st.integers(0, 30), max_size=3)),
        max_size=8,
    )
)
def test_any_history_of_folds_ends_with_what_a_dictionary_would_hold(tmp_path_factory, history):
    directory = tmp_path_factory.mktemp("history")
    writer = GenerationWriter(directory, DIMENSION, "model")
    shadow = set()
    for added, removed in history:
        writer.apply([entry(n, f"text {n}") for n in added], [row(n) for n in added], list(removed))
        shadow = (shadow - removed) | added

    lexical, vectors = writer.passage_ids()
    assert lexical.tolist() == vectors.tolist() == sorted(shadow)


def test_large_segments_use_eight_bits_and_still_find_the_nearest(tmp_path):
    writer = GenerationWriter(tmp_path, DIMENSION, "model")
    writer.apply([], [row(n) for n in range(2500)], [])
    writer.apply([], [row(n) for n in range(2500, 3600)], [5])
    reader = reader_of(tmp_path)

    assert reader.vector(vector_of(5), 1, ALL).passages.tolist() != [5]
    for passage in (0, 2499, 3599):
        assert reader.vector(vector_of(passage), 1, ALL).passages.tolist() == [passage]


def test_quotes_minus_prefix_and_fields_are_obeyed(writer, tmp_path):
    writer.apply(
        [
            entry(1, "网络安全法 contract", title="年度报告"),
            entry(2, "安全网络 contracting"),
            entry(3, "网络安全 lease", name="plan-2024.pdf"),
        ],
        [],
        [],
    )
    reader = reader_of(tmp_path)

    def found(bag, required=(), excluded=()):
        query = LexicalQuery(bag_of(bag), tuple(required), tuple(excluded))
        return set(reader.lexical(query, 10, ALL).passages.tolist())

    assert found("网络安全", [phrase_of("网络安全")]) == {1, 3}
    assert found("网络安全", [], [phrase_of("lease")]) == {1, 2}
    assert found("", [phrase_of("报告", Field.TITLE)]) == {1}
    assert found("", [phrase_of("plan-2024", Field.NAME)]) == {3}
    assert found("", [phrase_of("法")]) == {1}


def test_pending_passages_score_on_the_scale_of_the_published(writer, tmp_path):
    texts = [f"合同 条款 {n} " + "其他 内容 " * (n % 5) for n in range(40)]
    writer.apply([entry(n, text) for n, text in enumerate(texts)], [], [])
    reader = reader_of(tmp_path)
    query = words("条款 17")
    published = reader.lexical(query, 1, ALL)

    pending = PendingIndex([(entry(100, texts[17]), None)])
    found = pending.search(query, 1, ALL, reader.statistics)

    assert found.passages.tolist() == [100]
    assert found.scores[0] == pytest.approx(published.scores[0], rel=0.25)


def test_pending_passages_obey_clauses_and_permission():
    pending = PendingIndex(
        [
            (entry(1, "网络安全 alpha", collection=1), vector_of(1)),
            (entry(2, "安全网络 alpha", collection=2), None),
        ]
    )
    quoted = LexicalQuery(bag_of("网络安全"), (phrase_of("网络安全"),))

    assert pending.search(quoted, 5, ALL, None).passages.tolist() == [1]
    assert pending.search(words("alpha"), 5, Allowed(frozenset({2}), None), None).passages == [2]
    assert pending.nearest(vector_of(1), 5, ALL).passages.tolist() == [1]
    assert not len(pending.nearest(vector_of(1), 5, Allowed(frozenset({2}), None)).passages)
    assert pending.obeying(quoted, [1, 2, 3]) == {1}


@pytest.mark.parametrize("damage", ["truncate", "flip", "remove"])
@pytest.mark.parametrize("pattern", ["vectors/*.faiss", "vectors/*.npy", "lexical/*.idx"])
def test_a_damaged_file_is_found_before_it_is_used(writer, tmp_path, pattern, damage):
    writer.apply([entry(1, "words")], [row(1)], [])
    harm(next(tmp_path.glob(pattern)), damage)
    reader = GenerationReader(tmp_path)

    with pytest.raises(IndexCorrupt):
        reader.refresh()

    assert reader.damage is not None
    if "vectors" in pattern:
        assert reader.lexical(words("words"), 1, ALL).passages.tolist() == [1]
    else:
        assert reader.vector(vector_of(1), 1, ALL).passages.tolist() == [1]


def test_a_damaged_manifest_is_an_error_and_the_reader_keeps_what_it_has(writer, tmp_path):
    writer.apply([entry(1, "words")], [row(1)], [])
    reader = reader_of(tmp_path)
    writer.apply([entry(2, "words")], [row(2)], [])
    harm(max((tmp_path / "snapshots").glob("*.json")), "flip")

    with pytest.raises(IndexCorrupt):
        reader.refresh()

    assert reader.snapshot == 1
    assert reader.lexical(words("words"), 5, ALL).passages.tolist() == [1]


def harm(path: Path, damage: str) -> None:
    content = bytearray(path.read_bytes())
    path.unlink()
    if damage == "truncate":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        content[len(content) // 2] ^= 0x10
        path.write_bytes(content)


def test_old_snapshots_and_their_files_are_pruned(writer, tmp_path):
    for n in range(12):
        writer.apply([entry(n, "x")], [row(n)], [])

    assert len(list((tmp_path / "snapshots").glob("*.json"))) == 2
    assert len(list((tmp_path / "vectors").glob("*.faiss"))) <= 6


def test_an_open_reader_survives_later_folds(writer, tmp_path):
    writer.apply([entry(n, "same") for n in range(30)], [row(n) for n in range(30)], [])
    reader = reader_of(tmp_path)
    for n in range(30):
        writer.apply([entry(n, "other")], [row(n)], [])

    assert len(reader.lexical(words("same"), 50, ALL).passages) == 30
    assert len(reader.vector(vector_of(1), 50, ALL).passages) == 30


@pytest.mark.parametrize(
    "bad",
    [np.zeros(3, np.float32), np.full(DIMENSION, np.nan, np.float32)],
    ids=["wrong length", "not finite"],
)
def test_an_unfit_vector_is_refused(writer, bad):
    with pytest.raises(IndexFailure):
        writer.apply([], [(1, 1, 1, 1, bad)], [])


def test_an_unfit_entry_is_refused_and_nothing_is_lost(writer):
    writer.apply([entry(1, "one")], [], [])

    with pytest.raises(IndexFailure):
        writer.apply([entry(-1, "bad")], [], [])

    assert writer.counts().lexical == 1


def test_another_embedder_needs_another_generation(writer, tmp_path):
    writer.apply([entry(1, "one")], [row(1)], [])

    with pytest.raises(IndexFailure):
        GenerationWriter(tmp_path, DIMENSION, "other").apply([entry(2, "two")], [], [])
