"""Examples, registry, taxonomies and history: the same on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from kb.domain.errors import Conflict, NotFound
from kb.domain.models import ModelAlias, ModelTask, Split, TrainingMethod, TrainingPlan
from kb.domain.understanding import Classification, Label, LabelSource, Taxonomy
from kb.storage import (
    documents,
    examples,
    models,
    redos,
    stale,
    taxonomies,
    trainings,
    understanding,
)
from kb.storage.database import Database, Session
from kb.storage.examples import Added, Origin, Wanted, Word
from kb.storage.models import NewModel
from kb.storage.taxonomies import Change

AddDocument = Callable[..., tuple[int, int]]
KINDS = Taxonomy("kinds", tuple(Label(name, name, name, "", "") for name in ("a", "b", "c")))


@pytest.fixture
def kinds(database: Database) -> int:
    with database.write() as tx:
        taxonomies.put_taxonomy(tx, KINDS)
        return taxonomies.taxonomy_id(tx, "kinds")


def model(tx: Session, name: str) -> models.ModelVersion:
    return models.add(
        tx,
        NewModel(
            name, ModelTask.CLASSIFIER, TrainingMethod.HEAD, "kinds", "", name, {}, {}, {}, None
        ),
    )


def said(label: str | None, by: str, source: LabelSource = LabelSource.MODEL) -> Classification:
    return Classification(label, 0.9, (("a", 0.9), ("b", 0.1)), by, source)


def label_of(tx: Session, version: int) -> str | None:
    found = understanding.classification(tx, version)
    assert found is not None
    return found.label


def test_names_count_on_and_roles_flip(database: Database, kinds: int) -> None:
    with database.write() as tx:
        first = model(tx, models.next_name(tx, ModelTask.CLASSIFIER))
        second = model(tx, models.next_name(tx, ModelTask.CLASSIFIER))
        assert (first.name, second.name) == ("classifier-0001", "classifier-0002")
        models.promote(tx, first)
        models.promote(tx, second)
        models.promote(tx, second)

    with database.read() as tx:
        assert models.get(tx, "classifier-0002").aliases == (ModelAlias.CHAMPION,)
        assert models.get(tx, str(first.id)).aliases == (ModelAlias.PREVIOUS,)
    with database.write() as tx:
        rolled = models.roll_back(tx, ModelTask.CLASSIFIER, "kinds")
    assert rolled.now is not None
    assert (rolled.gone.name, rolled.now.name) == ("classifier-0002", "classifier-0001")
    with pytest.raises(NotFound), database.write() as tx:
        models.roll_back(tx, ModelTask.CLASSIFIER, "kinds")


def test_a_model_going_gives_back_what_it_replaced_and_no_more(
    database: Database, kinds: int, add_document: AddDocument
) -> None:
    versions = [add_document(f"{n}.txt", str(n).encode())[1] for n in range(3)]
    with database.write() as tx:
        first, second = model(tx, "classifier-0001"), model(tx, "classifier-0002")
        for version in versions[:2]:
            understanding.put_classification(tx, version, said("a", first.name))
        for version in versions:
            understanding.put_classification(tx, version, said("b", second.name))
        understanding.put_classification(tx, versions[1], said("c", "", LabelSource.PERSON))
        understanding.put_classification(tx, versions[1], said("a", second.name))

        assert understanding.take_back(tx, second.id) == 1

        assert [label_of(tx, version) for version in versions] == ["a", "c", "b"]
        found = understanding.classification(tx, versions[0])
        assert found is not None
        assert found.model == "classifier-0001"


def test_what_another_model_said_is_stale(
    database: Database, kinds: int, collection: int, add_document: AddDocument
) -> None:
    document, version = add_document("a.txt", b"1")
    _, second = add_document("b.txt", b"2")
    with database.write() as tx:
        understanding.put_classification(tx, version, said("a", "built-in"))
        understanding.put_classification(tx, second, said("a", "", LabelSource.PERSON))
        assert stale.count_stale(tx, None) == (0, 1)
        models.promote(tx, model(tx, "classifier-0001"))
        assert stale.count_stale(tx, None) == (1, 1)
        assert stale.count_stale(tx, frozenset()) == (0, 0)
        waiting = stale.next_stale(tx, taxonomy="kinds", collection_id=None, after=0, limit=9)
        assert waiting == [version]
        assert not stale.next_stale(tx, taxonomy="x", collection_id=None, after=0, limit=9)
        shown = documents.get(tx, document, None)
        assert shown.category is not None
        assert shown.category.stale
        understanding.put_classification(tx, version, said("a", "classifier-0001"))
        assert stale.stale_among(tx, [version, second]) == frozenset()
        taxonomies.put_taxonomy(tx, Taxonomy("others", KINDS.labels))
        taxonomies.use(tx, collection, "others")
        assert taxonomies.of_collection(tx, collection).name == "others"
        assert stale.stale_among(tx, [version, second]) == {version}


def test_a_newer_word_counts_and_the_older_is_kept(
    database: Database, kinds: int, add_document: AddDocument
) -> None:
    document, version = add_document()

    def word(label: str) -> Word:
        return Word(Origin.CORRECTION, "mei", kinds, label, version_id=version, model_said="c")

    with database.write() as tx:
        assert examples.add(tx, word("a")) is Added.NEW
        assert examples.add(tx, word("a")) is Added.SAME
        assert examples.add(tx, word("b")) is Added.CHANGED
        [found] = examples.newest(tx, Wanted(taxonomy="kinds"), None)
        assert (found.label, found.document_id, found.model_said) == ("b", document, "c")
        assert examples.newest(tx, Wanted(), frozenset()) == []
        documents_left = examples.for_training(tx, ModelTask.CLASSIFIER, "kinds")
        assert [example.label for example in documents_left] == ["b"]


def test_held_out_once_is_held_out_for_ever(database: Database, kinds: int) -> None:
    words = [Word(Origin.IMPORT, "mei", label="a", text=f"text {n}") for n in range(3)]
    with database.write() as tx:
        assert examples.add_many(tx, [*words, words[0]], kinds) == {Added.NEW: 3, Added.SAME: 1}
        found = examples.for_training(tx, ModelTask.CLASSIFIER, "kinds")
        examples.keep_splits(tx, [replace(one, split=Split.TEST, group="g") for one in found[:1]])
        examples.keep_splits(tx, [replace(one, split=Split.TRAIN, group="g") for one in found])
        assert examples.add(tx, Word(Origin.IMPORT, "mei", kinds, "b", text="text  0 ")) is (
            Added.CHANGED
        )
        again = examples.for_training(tx, ModelTask.CLASSIFIER, "kinds")
        splits = {one.text.split()[1]: one.split for one in again}
        assert splits == {"0": Split.TEST, "1": Split.TRAIN, "2": Split.TRAIN}
        assert examples.counts(tx, "kinds", None) == {"a": {"train": 2}, "b": {"test": 1}}


def test_a_merge_moves_what_stands_there_and_is_undone_exactly(
    database: Database, kinds: int, collection: int, add_document: AddDocument
) -> None:
    versions = [add_document(f"{n}.txt", str(n).encode())[1] for n in range(2)]
    merged = Change(Taxonomy("kinds", KINDS.labels[1:]), "merge", {"moves": {"a": "b"}}, {"a": "b"})
    with database.write() as tx:
        for version, label in zip(versions, "ab", strict=True):
            understanding.put_classification(tx, version, said(label, "m"))
            examples.add(tx, Word(Origin.CORRECTION, "mei", kinds, label, version_id=version))
        reach = taxonomies.reach(tx, "kinds", ["a"])
        assert (reach.documents_by_model, reach.documents_by_person, reach.examples) == (1, 0, 1)

        taxonomies.apply(tx, merged)

        assert [label_of(tx, version) for version in versions] == ["b", "b"]
        assert examples.counts(tx, "kinds", None) == {"b": {"unassigned": 2}}
        assert len(taxonomies.taxonomy(tx, "kinds").labels) == 2

        taxonomies.undo(tx, "kinds", "mei")

        assert [label_of(tx, version) for version in versions] == ["a", "b"]
        assert taxonomies.taxonomy(tx, "kinds") == KINDS
        assert [one.action for one in taxonomies.versions(tx, "kinds")] == [
            "undo",
            "merge",
            "change",
        ]
        assert taxonomies.moves_since(tx, "kinds", taxonomies.versions(tx, "kinds")[-1].at) == []
    with pytest.raises(Conflict), database.write() as tx:
        taxonomies.undo(tx, "kinds", "mei")


def test_a_training_keeps_its_curve_and_its_end(database: Database, kinds: int) -> None:
    plan = TrainingPlan(ModelTask.CLASSIFIER, TrainingMethod.HEAD, "kinds")
    with database.write() as tx:
        training = trainings.add(tx, plan, counts={}, estimate={}, by="mei")
        trainings.set_job(tx, training, 7)
        trainings.started(tx, training)
        trainings.progress(tx, training, 1, 2, {"loss": 0.5})
        trainings.progress(tx, training, 1, 2, {"accuracy": 0.5})
        trainings.progress(tx, training, 2, 2, {})
        assert trainings.points(tx, training) == [(1, {"loss": 0.5, "accuracy": 0.5})]
        assert [one.id for one in trainings.unfinished(tx)] == [training]
        trainings.failed(tx, training, Conflict(detail="x"))
        found = trainings.of_job(tx, 7)
    assert found is not None
    assert (found.plan, found.state, found.error_code) == (plan, "failed", "conflict")
    assert (found.done, found.total) == (2, 2)


def test_a_redo_is_followed(database: Database, kinds: int) -> None:
    with database.write() as tx:
        redo = redos.add(tx, redos.Wanted("kinds", None, 60), total=3, by="mei")
        redos.change(tx, redo, job_id=5, done=2, cursor=9)
        found = redos.of_job(tx, 5)
        assert found is not None
        assert (found.done, found.cursor, found.per_minute) == (2, 9, 60)
        redos.change(tx, redo, state=redos.DONE)
        assert redos.unfinished(tx) == []
        assert redos.get(tx, redo).finished_at is not None


def test_the_most_uncertain_come_first(
    database: Database, kinds: int, add_document: AddDocument
) -> None:
    versions = [add_document(f"{n}.txt", str(n).encode()) for n in range(2)]
    with database.write() as tx:
        for (_, version), second in zip(versions, (0.1, 0.4), strict=True):
            shares = (("a", 0.5), ("b", second))
            found = Classification(None, 0.5, shares, "m")
            understanding.put_classification(tx, version, found)
        unsure, total = understanding.unsure(tx, None)
        assert ([one.document_id for one in unsure], total) == ([versions[1][0], versions[0][0]], 2)
        assert understanding.unsure(tx, frozenset())[1] == 0
        [usage] = understanding.usage(tx)
        assert (usage.stage, usage.model, usage.documents) == ("classify", "m", 2)
