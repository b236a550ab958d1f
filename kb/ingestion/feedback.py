"""What people say about labels and summaries: it counts at once, and models learn from it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.access import require, visible_collections
from kb.domain.access import Level, Principal
from kb.domain.documents import DocumentView, Stage
from kb.domain.errors import Conflict, InvalidInput
from kb.domain.understanding import (
    Classification,
    LabelSource,
    Summary,
    SummaryKind,
    SummarySentence,
)
from kb.ingestion.dispatch import ring_outbox
from kb.ingestion.pipeline import WAY
from kb.jobs.protocol import Doorbell
from kb.storage import audit, documents, examples, jobs, taxonomies, understanding
from kb.storage.database import Database, Session
from kb.storage.examples import Origin, Word

_SENTENCE = re.compile(r"[^。！？!?\n]+?(?:[。！？!?]+|\.(?=\s|$)|\n|$)", re.DOTALL)
_LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Feedback:
    """Corrections and confirmations. Each writes an example with its lineage and the audit log.

    All raise NotFound for a document that does not exist or may not be seen, and Forbidden for
    one that may be seen but not changed.
    """

    database: Database
    doorbell: Doorbell

    def set_category(self, document_id: int, label: str | None, principal: Principal) -> None:
        """Correct the category; a person's word is never overwritten by a model's.

        Raises:
            InvalidInput: the collection's taxonomy has no such label.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            taxonomy = taxonomies.of_collection(tx, view.collection_id)
            if label is not None and label not in {found.name for found in taxonomy.labels}:
                raise InvalidInput(
                    field="category",
                    detail=f"no label “{label}” in the taxonomy “{taxonomy.name}”",
                    detail_zh=f"分类体系“{taxonomy.name}”中没有类别“{label}”",
                )
            before = understanding.classification(tx, view.version_id)
            _store_category(tx, view, label, before, principal)
            if label is not None:
                agreed = before is not None and before.label == label
                origin = Origin.CONFIRMATION if agreed else Origin.CORRECTION
                _learn_category(tx, view, label, before, origin, principal)
            _note(tx, principal, "document.labelled", view, label=label)

    def confirm_category(self, document_id: int, principal: Principal) -> None:
        """Say that the model's category is right: from now on it is this person's word.

        Raises:
            Conflict: there is none to confirm.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            found = understanding.classification(tx, view.version_id)
            if found is None or found.label is None:
                raise Conflict(
                    detail="there is no category to confirm; choose one",
                    detail_zh="没有可确认的类别，请选择一个",
                )
            _store_category(tx, view, found.label, found, principal)
            _learn_category(tx, view, found.label, found, Origin.CONFIRMATION, principal)
            _note(tx, principal, "document.label_confirmed", view, label=found.label)

    def take_back_category(self, document_id: int, principal: Principal) -> None:
        """Undo what a person said: the model's answer counts again, the example does not.

        Raises:
            Conflict: no person spoke, or no model had spoken before.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            if not understanding.back_to_model(tx, view.version_id):
                raise Conflict(
                    detail="there is no person's category in place of a model's",
                    detail_zh="没有可撤回的人工类别，或模型此前未给出类别",
                )
            taxonomy = taxonomies.of_collection(tx, view.collection_id)
            examples.take_back(tx, view.version_id, taxonomies.taxonomy_id(tx, taxonomy.name))
            documents.touch(tx, view.version_id)
            _note(tx, principal, "document.label_taken_back", view)

    def set_summary(self, document_id: int, text: str, principal: Principal) -> None:
        """Put a person's summary in place of the model's; no model replaces it.

        Sentences that the model's summary had keep their sources.

        Raises:
            InvalidInput: no text, or far too much.
        """
        text = text.strip()
        if not text or len(text) > _LONGEST:
            raise InvalidInput(
                field="text",
                detail=f"{len(text)} characters; 1 to {_LONGEST} are wanted",
                detail_zh=f"{len(text)} 个字符；应为 1 至 {_LONGEST} 个",
            )
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            before = understanding.summary(tx, view.version_id)
            understanding.put_summary(tx, view.version_id, _edited(text, before))
            documents.touch(tx, view.version_id)
            _learn_summary(tx, view, text, before, Origin.CORRECTION, principal)
            _note(tx, principal, "document.summary_edited", view, characters=len(text))

    def confirm_summary(self, document_id: int, principal: Principal) -> None:
        """Say that the model's summary is good: models learn from it.

        Raises:
            Conflict: there is none.
        """
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            found = understanding.summary(tx, view.version_id)
            if found is None:
                raise Conflict(
                    detail="there is no summary to confirm", detail_zh="没有可确认的摘要"
                )
            _learn_summary(tx, view, found.text, found, Origin.CONFIRMATION, principal)
            _note(tx, principal, "document.summary_confirmed", view)

    def forget_summary(self, document_id: int, principal: Principal) -> None:
        """Have the model write a new summary in place of the one that is there."""
        stage, queue = Stage.SUMMARISE, WAY[Stage.SUMMARISE].queue
        with self.database.write() as tx:
            view = self._writable(tx, document_id, principal)
            understanding.forget_summary(tx, view.version_id)
            job_id = jobs.enqueue(tx, stage=stage, queue=queue, version_id=view.version_id)
            jobs.ring_later(tx, queue, job_id)
            documents.touch(tx, view.version_id)
            _note(tx, principal, "document.summary_dropped", view)
        ring_outbox(self.database, self.doorbell)

    def _writable(self, tx: Session, document_id: int, principal: Principal) -> DocumentView:
        view = documents.get(tx, document_id, visible_collections(principal))
        require(principal, Level.WRITE, view.collection_id)
        return view


def _store_category(
    tx: Session,
    view: DocumentView,
    label: str | None,
    before: Classification | None,
    principal: Principal,
) -> None:
    said = Classification(
        label=label,
        confidence=1.0,
        probabilities=before.probabilities if before else (),
        model=before.model if before else "",
        source=LabelSource.PERSON,
    )
    understanding.put_classification(tx, view.version_id, said, user_id=principal.user_id)
    documents.touch(tx, view.version_id)


def _learn_category(
    tx: Session,
    view: DocumentView,
    label: str,
    before: Classification | None,
    origin: Origin,
    principal: Principal,
) -> None:
    taxonomy = taxonomies.of_collection(tx, view.collection_id)
    examples.add(
        tx,
        Word(
            origin=origin,
            by=principal.name,
            taxonomy_id=taxonomies.taxonomy_id(tx, taxonomy.name),
            label=label,
            version_id=view.version_id,
            language=view.language,
            model=before.model if before else None,
            model_said=before.label if before and before.source is LabelSource.MODEL else None,
        ),
    )


def _learn_summary(
    tx: Session,
    view: DocumentView,
    text: str,
    before: Summary | None,
    origin: Origin,
    principal: Principal,
) -> None:
    by_model = before is not None and before.source is LabelSource.MODEL
    examples.add(
        tx,
        Word(
            origin=origin,
            by=principal.name,
            summary=text,
            version_id=view.version_id,
            language=view.language,
            model=before.model if before else None,
            model_said=before.text if before and by_model else None,
        ),
    )


def _edited(text: str, before: Summary | None) -> Summary:
    """The person's sentences; those that stood there before keep their sources."""
    sources = {} if before is None else {s.text.strip(): s.passages for s in before.sentences}
    sentences = [found.strip() for found in _SENTENCE.findall(text)]
    return Summary(
        kind=before.kind if before else SummaryKind.GENERATED,
        sentences=tuple(SummarySentence(s, sources.get(s, ())) for s in sentences if s),
        model=before.model if before else "",
        windows_read=before.windows_read if before else 0,
        windows_total=before.windows_total if before else 0,
        source=LabelSource.PERSON,
    )


def _note(
    tx: Session,
    principal: Principal,
    action: str,
    view: DocumentView,
    **details: str | int | None,
) -> None:
    audit.record(tx, actor=principal.name, action=action, subject=f"document:{view.id}", **details)
