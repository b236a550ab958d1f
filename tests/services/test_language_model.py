"""A configured language model does the understanding; one that cannot run stops nothing else."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from kb.bootstrap import Application, build
from kb.domain.documents import DocumentStatus, DocumentView, JobState
from kb.domain.search import SearchRequest
from kb.settings import Settings
from kb.storage import documents, understanding
from tests.support.tiny_checkpoints import make_checkpoint

pytestmark = pytest.mark.timeout(180)
TAXONOMY = "name: small\nlabels: [invoice, manual]\n"


def ingest(application: Application, text: str) -> DocumentView:
    application.prepare()
    admin = application.administrator()
    [received] = application.receiver.receive(
        io.BytesIO(text.encode()), name="pump.txt", collection_id=1, principal=admin
    )
    application.work_until_idle()
    with application.database.read() as tx:
        return documents.get(tx, received.document_id or 0, None)


def test_a_checkpoint_that_is_not_there_leaves_the_document_searchable(
    tmp_path: Path, models_folder: Path
) -> None:
    settings = Settings(data=tmp_path, models_dir=models_folder, llm=str(tmp_path / "missing"))
    application = build(settings)

    view = ingest(application, "The pump manual says: close the valve before the stop.")

    states = {run.stage: run.state for run in view.stages}
    assert view.status is DocumentStatus.READY
    assert states["embed"] is JobState.DONE
    assert (states["classify"], states["summarise"]) == (JobState.FAILED, JobState.FAILED)
    assert view.failure is not None
    assert view.failure.code == "model_not_installed"
    found = application.searcher.search(SearchRequest("valve"), application.administrator())
    assert [hit.document_id for hit in found.hits] == [view.id]
    application.reader.close()
    application.database.close()


def test_a_local_checkpoint_classifies(tmp_path: Path, models_folder: Path) -> None:
    checkpoint = make_checkpoint(tmp_path / "checkpoint", "llama")
    settings = Settings(data=tmp_path, models_dir=models_folder, llm=str(checkpoint))
    application = build(settings)
    application.prepare()
    from kb.enrichment.taxonomy import parse_taxonomy  # noqa: PLC0415  (beside its use)

    with application.database.write() as tx:
        standing = understanding.taxonomy(tx).name
        small = parse_taxonomy(TAXONOMY.replace("small", standing))
        understanding.put_taxonomy(tx, small)

    view = ingest(application, "Close the valve.")

    with application.database.read() as tx:
        found = understanding.classification(tx, view.version_id)
    assert found is not None
    assert {name for name, _ in found.probabilities} == {"invoice", "manual"}
    assert sum(probability for _, probability in found.probabilities) == pytest.approx(1.0)
    assert "checkpoint" in found.model
    application.reader.close()
    application.database.close()
