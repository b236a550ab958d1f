"""The whole loop: people label, a head is trained and judged, serves, is redone and rolled back."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb.bootstrap import Application, build
from kb.domain.access import Principal, Role
from kb.domain.documents import DocumentStatus
from kb.domain.errors import Conflict, Forbidden, ModelFilesChanged, NotFound, PromotionRefused
from kb.domain.models import ModelAlias, ModelTask, TrainingMethod, TrainingPlan
from kb.domain.understanding import Label, LabelSource, Taxonomy
from kb.ingestion.taxonomy_changes import Names
from kb.settings import Settings
from kb.storage import (
    documents,
    examples,
    models,
    people,
    redos,
    stale,
    taxonomies,
    trainings,
    understanding,
)
from kb.storage.redos import Wanted

pytestmark = [pytest.mark.timeout(300), pytest.mark.services]

KINDS = {
    "pump": "The centrifugal pump number {n} moves {n} litres of water with a spinning impeller.",
    "leave": "员工编号 {n} 申请年休假 {n} 天，须提前两周提交人事部门批准。",
    "invoice": "Invoice {n}: please pay {n} euros to the account below within thirty days.",
}
PLAN = TrainingPlan(ModelTask.CLASSIFIER, TrainingMethod.HEAD, "kinds", wanted_precision=0.6)


@pytest.fixture(scope="module")
def application(
    tmp_path_factory: pytest.TempPathFactory, models_folder: Path
) -> Iterator[Application]:
    """A product whose taxonomy has three kinds, with 90 labelled texts and a trained head."""
    folder = tmp_path_factory.mktemp("loop") / "data"
    application = build(Settings(data=folder, models_dir=models_folder, gate_class_margin=0.2))
    application.prepare()
    labels = tuple(Label(name, name, name, "", "") for name in KINDS)
    with application.database.write() as tx:
        taxonomies.put_taxonomy(tx, Taxonomy("kinds", labels))
        taxonomies.use(tx, 1, "kinds")
    yield application
    application.reader.close()
    application.database.close()


@pytest.fixture(scope="module")
def admin(application: Application) -> Principal:
    return application.administrator()


def upload(application: Application, who: Principal, name: str, text: str) -> int:
    [received] = application.receiver.receive(
        io.BytesIO(text.encode()), name=name, collection_id=1, principal=who
    )
    assert received.document_id is not None
    application.work_until_idle()
    return received.document_id


def category(application: Application, document: int) -> tuple[str | None, str, bool]:
    with application.database.read() as tx:
        view = documents.get(tx, document, None)
        found = understanding.classification(tx, view.version_id)
    assert view.status is DocumentStatus.READY
    assert view.category is not None
    assert found is not None
    return view.category.name, found.model, view.category.stale


@pytest.fixture(scope="module")
def old(application: Application, admin: Principal) -> int:
    """A document from before the training."""
    return upload(application, admin, "old.txt", KINDS["pump"].format(n=4711))


@pytest.fixture(scope="module")
def corrected(application: Application, admin: Principal, old: int) -> int:
    """A document that a person labelled."""
    document = upload(application, admin, "bill.txt", KINDS["pump"].format(n=815))
    application.feedback.set_category(document, "invoice", admin)
    return document


@pytest.fixture(scope="module")
def trained(
    application: Application,
    admin: Principal,
    corrected: int,
    tmp_path_factory: pytest.TempPathFactory,
) -> int:
    """A training that made classifier-0001."""
    rows = [
        {"text": text.format(n=n * 7 + 3), "label": kind}
        for kind, text in KINDS.items()
        for n in range(30)
    ]
    rows += [{"text": "nothing", "label": "unheard of"}, {"label": "pump"}]
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    found = application.importer.file(file, admin, taxonomy="kinds")
    assert (found.new, found.refused) == (90, 2)
    assert [row.row for row in found.rows] == [91, 92]
    training = application.loop.start(PLAN, admin)
    with pytest.raises(Conflict):
        application.loop.start(PLAN, admin)
    application.work_until_idle()
    return training


def test_a_correction_is_an_example_with_its_lineage(
    application: Application, corrected: int
) -> None:
    with application.database.read() as tx:
        [found] = examples.newest(tx, examples.Wanted(origin="correction"), None)
    assert (found.document_id, found.label, found.by) == (corrected, "invoice", "admin")
    assert found.model


def test_training_leaves_a_candidate_with_its_figures(
    application: Application, trained: int
) -> None:
    with application.database.read() as tx:
        training = trainings.get(tx, trained)
        assert training.error_code is None, training.error_facts
        model = models.get(tx, str(training.model))
        gate = models.gate_of(tx, model.name)
    assert training.state == trainings.DONE
    assert model.metrics["macro_f1"] > 0.6
    assert {"accuracy", "macro_f1", "ece"} <= set(model.metrics)
    assert model.baselines
    assert gate is not None
    assert gate["passed"]
    assert gate["against"] == "built-in"
    assert (application.registry.folder(model) / "lineage.json").is_file()
    assert not (application.settings.data / "trainings" / str(trained) / "examples.jsonl").exists()


def test_promote_serve_redo_and_roll_back(
    application: Application, admin: Principal, trained: int, old: int, corrected: int
) -> None:
    before = category(application, old)
    assert not before[2]

    model = application.loop.promote("classifier-0001", admin)

    assert model.aliases == (ModelAlias.CHAMPION,)
    assert category(application, old)[2]  # an older model's word
    new = upload(application, admin, "new.txt", KINDS["leave"].format(n=77))
    assert category(application, new) == ("leave", "classifier-0001", False)

    redo = application.redos.start(Wanted("kinds"), admin)
    application.work_until_idle()
    with application.database.read() as tx:
        found = redos.get(tx, redo)
        assert stale.count_stale(tx, None)[0] == 0
    assert (found.state, found.done, found.failed) == (redos.DONE, 1, 0)
    assert category(application, old) == ("pump", "classifier-0001", False)

    rolled, restored = application.loop.roll_back(ModelTask.CLASSIFIER, "kinds", admin)

    assert (rolled.gone.name, rolled.now, restored) == ("classifier-0001", None, 1)
    assert category(application, old) == before
    assert category(application, new) == ("leave", "classifier-0001", True)
    with application.database.read() as tx:
        view = documents.get(tx, corrected, None)
        word = understanding.classification(tx, view.version_id)
    assert word is not None
    assert (word.label, word.source) == ("invoice", LabelSource.PERSON)
    with pytest.raises(NotFound):
        application.loop.roll_back(ModelTask.CLASSIFIER, "kinds", admin)
    application.loop.promote("classifier-0001", admin)


def test_a_renamed_label_is_carried_over(
    application: Application, admin: Principal, trained: int
) -> None:
    application.loop.promote("classifier-0001", admin)
    application.taxonomy_changes.rename("kinds", "pump", Names("machine"), admin)

    document = upload(application, admin, "again.txt", KINDS["pump"].format(n=12))

    assert category(application, document)[0] == "machine"
    application.taxonomy_changes.undo("kinds", admin)
    assert category(application, document)[0] == "pump"


def test_a_changed_file_is_not_loaded(
    application: Application, admin: Principal, trained: int
) -> None:
    with application.database.read() as tx:
        model = models.get(tx, "classifier-0001")
    path = application.registry.folder(model) / "model.json"
    content = path.read_bytes()
    path.write_bytes(content + b" ")
    try:
        with pytest.raises(ModelFilesChanged):
            application.registry.checked(model)
    finally:
        path.write_bytes(content)


def test_members_may_not_train(application: Application) -> None:
    with application.database.write() as tx:
        member = people.principal(tx, people.add_user(tx, "mei", Role.MEMBER))
        engineer = people.principal(tx, people.add_user(tx, "lin", Role.ENGINEER))
    for act in (
        lambda: application.loop.start(PLAN, member),
        lambda: application.loop.promote("classifier-0001", member),
        lambda: application.redos.start(Wanted(), member),
    ):
        with pytest.raises(Forbidden):
            act()
    with pytest.raises(NotFound):
        application.loop.promote("classifier-9999", engineer)


def test_a_worse_model_is_refused(application: Application, admin: Principal, trained: int) -> None:
    with application.database.write() as tx:
        model = models.get(tx, "classifier-0001")
        models.promote(tx, model)
    folder = application.registry.folder(model)
    copy = application.settings.data / "worse"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    report = json.loads((copy / "report.json").read_bytes())
    report |= {"macro_f1": 0.2, "accuracy": 0.2}
    (copy / "report.json").write_text(json.dumps(report))
    against = json.loads((copy / "against.json").read_bytes())
    against["model"] = "classifier-0001"
    against["metrics"] |= {"macro_f1": 0.9, "accuracy": 0.9}
    (copy / "against.json").write_text(json.dumps(against))
    worse = application.loop.import_model(copy, admin)

    with pytest.raises(PromotionRefused) as refused:
        application.loop.promote(worse.name, admin)

    assert "0.200" in refused.value.sentence("zh")
    with application.database.read() as tx:
        champion = models.with_alias(tx, ModelTask.CLASSIFIER, "kinds", ModelAlias.CHAMPION)
    assert champion is not None
    assert champion.name == "classifier-0001"


def test_a_cancelled_training_ends_and_can_go_on(
    application: Application, admin: Principal, trained: int
) -> None:
    training = application.loop.start(PLAN, admin)
    application.loop.cancel(training, admin)
    application.work_until_idle()
    with application.database.read() as tx:
        assert trainings.get(tx, training).state == trainings.CANCELLED

    application.loop.retry(training, admin)
    application.work_until_idle()

    with application.database.read() as tx:
        assert trainings.get(tx, training).state == trainings.DONE
