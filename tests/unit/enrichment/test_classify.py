"""The embedded classifier on documents of plain kinds."""

from dataclasses import replace

import pytest

from kb.domain.errors import NoTextFound
from kb.enrichment.classify import Calibration, EmbeddingClassifier
from kb.enrichment.taxonomy import default_taxonomy, parse_taxonomy

LEASE = (
    "房屋租赁合同。出租方（甲方）将位于人民路8号的房屋出租给承租方（乙方）使用，租赁期限两年。",
    "乙方应于每月五日前支付租金。任何一方违约，应向对方支付违约金。本合同一式两份，双方签字后生效。",
)
MEMO = (
    "Minutes of the weekly meeting. Present: Ann, Bob. Chair: Ann. The previous minutes were "
    "approved. Bob reported on the move; it was agreed to hire a second van.",
    "Action: Bob to book the van by Monday. The meeting closed at noon.",
)


@pytest.fixture(scope="module")
def classifier(embedder):
    return EmbeddingClassifier(embedder)


@pytest.mark.parametrize(("texts", "expected"), [(LEASE, "contract"), (MEMO, "minutes")])
def test_plain_documents_get_their_kind(classifier, document, texts, expected):
    found = classifier.classify(document(*texts), default_taxonomy())

    assert found.label == expected
    assert found.confidence == found.probabilities[0][1] > 0.5


def test_probabilities_cover_every_label_and_sum_to_one(classifier, document):
    taxonomy = default_taxonomy()

    found = classifier.classify(document(*LEASE), taxonomy)

    assert {name for name, _ in found.probabilities} == {label.name for label in taxonomy.labels}
    shares = [share for _, share in found.probabilities]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1, abs=0.01)


def test_below_the_threshold_the_answer_is_unsure(embedder, document):
    careful = EmbeddingClassifier(embedder, calibration=Calibration(threshold=1.01))

    found = careful.classify(document(*LEASE), default_taxonomy())

    assert found.label is None
    assert found.probabilities[0][0] == "contract"


def test_labels_of_ones_own_need_only_names(classifier, document):
    taxonomy = parse_taxonomy("[cooking recipe, football match report, 房屋租赁合同]")

    found = classifier.classify(document(*LEASE), taxonomy)

    assert found.probabilities[0][0] == "房屋租赁合同"


def test_missing_vectors_are_made_up_for(classifier, document):
    with_vectors = document(*LEASE)

    found = classifier.classify(replace(with_vectors, vectors=None), default_taxonomy())

    assert found.label == "contract"


def test_no_text_is_no_category(classifier, document):
    with pytest.raises(NoTextFound):
        classifier.classify(document("  "), default_taxonomy())
