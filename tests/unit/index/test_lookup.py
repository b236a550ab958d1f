"""Vectors by passage id."""

import numpy as np

from kb.index.generation import GenerationReader, GenerationWriter

DIMENSION = 8


def row(passage, version=1):
    vector = np.zeros(DIMENSION, np.float32)
    vector[passage % DIMENSION] = 1.0
    return passage, version, 1, version, vector


def test_vectors_come_in_the_order_asked_for_and_zeros_for_what_is_not_there(tmp_path):
    writer = GenerationWriter(tmp_path, DIMENSION, "m")
    writer.apply([], [row(9), row(3), row(6, version=2)], [])
    writer.apply([], [row(1)], [2])
    reader = GenerationReader(tmp_path)
    reader.refresh()

    found = reader.lookup.vectors(np.array([1, 9, 6, 77, 3]), DIMENSION)

    assert found.argmax(axis=1).tolist() == [1, 1, 0, 0, 3]
    assert np.allclose(np.linalg.norm(found, axis=1), [1, 1, 0, 0, 1], atol=1e-3)


def test_a_sample_holds_living_passages_once(tmp_path):
    writer = GenerationWriter(tmp_path, DIMENSION, "m")
    writer.apply([], [row(n, version=n % 2 + 1) for n in range(40)], [])
    writer.apply([], [row(n, version=3) for n in range(40, 45)], [2])
    reader = GenerationReader(tmp_path)
    reader.refresh()

    ids, vectors = reader.lookup.sample(10)

    living = {n for n in range(40) if n % 2 == 0} | set(range(40, 45))
    assert reader.lookup.live == 25
    assert len(ids) == len(set(ids.tolist())) == len(vectors) == 10
    assert set(ids.tolist()) <= living
    assert vectors.argmax(axis=1).tolist() == (ids % DIMENSION).tolist()
    assert set(reader.lookup.sample(1000)[0].tolist()) == living
