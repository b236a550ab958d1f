"""What a head must not be worse than: the customary classifiers, as a careful user sets them up."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.embedding.protocol import Vectors
from kb.enrichment.script import is_chinese

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]
_STRENGTH = 10.0
"""C of both logistic regressions: unregularised enough for few texts of many labels."""
_TREES, _LEAVES, _COMPONENTS = 60, 8, 64
_LANGUAGE_SAMPLE, _LANGUAGE_CHARACTERS = 50, 500


@dataclass(frozen=True, slots=True)
class Texts:
    """Documents as baselines read them."""

    texts: Sequence[str]
    means: Vectors
    """(n, d) mean-pooled passage vectors."""


def baselines(seen: Texts, truth: Numbers, held: Texts, labels: int) -> Mapping[str, Floats]:
    """Probabilities (held, labels) of each baseline, trained on ``seen``.

    TF-IDF (words, or Chinese characters and pairs of them; sub-linear) with logistic regression;
    mean-pooled embeddings with logistic regression; histogram gradient boosting (scikit-learn)
    over the 64 first principal components of the embeddings, since 384 features times many labels
    would take minutes.
    """
    ways: dict[str, Callable[[], Floats]] = {
        "tfidf_lr": lambda: words_and_regression(seen, truth, held, labels),
        "embeddings_lr": lambda: _embeddings(seen, truth, held, labels),
        "gradient_boosting": lambda: _trees(seen, truth, held, labels),
    }
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    with threadpool_limits(limits=1):  # as in fit_head
        return {name: way() for name, way in ways.items()}


def words_and_regression(seen: Texts, truth: Numbers, held: Texts, labels: int) -> Floats:
    """TF-IDF with logistic regression: (held, labels)."""
    from sklearn.feature_extraction.text import (  # noqa: PLC0415 - heavy, for training only
        TfidfVectorizer,
    )

    sample = "\n".join(text[:_LANGUAGE_CHARACTERS] for text in seen.texts[:_LANGUAGE_SAMPLE])
    kind = {"analyzer": "char", "ngram_range": (1, 2)} if is_chinese(sample) else {}
    terms = TfidfVectorizer(sublinear_tf=True, min_df=2, max_features=30_000, **kind)
    return _logistic(terms.fit_transform(seen.texts), truth, terms.transform(held.texts), labels)


def _embeddings(seen: Texts, truth: Numbers, held: Texts, labels: int) -> Floats:
    from sklearn.preprocessing import StandardScaler  # noqa: PLC0415 - as above

    scaled = StandardScaler(with_std=False).fit(seen.means)
    scale = 1 / max(float(np.sqrt((scaled.transform(seen.means) ** 2).sum(axis=1).mean())), 1e-9)
    return _logistic(
        scaled.transform(seen.means) * scale, truth, scaled.transform(held.means) * scale, labels
    )


def _logistic(seen: object, truth: Numbers, held: object, labels: int) -> Floats:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - as above

    fitted = LogisticRegression(C=_STRENGTH, max_iter=200, tol=1e-3).fit(seen, truth)
    return _spread(fitted.predict_proba(held), fitted.classes_, labels)


def _trees(seen: Texts, truth: Numbers, held: Texts, labels: int) -> Floats:
    from sklearn.decomposition import PCA  # noqa: PLC0415 - as above
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - as above

    few = min(_COMPONENTS, *seen.means.shape)
    components = PCA(few, random_state=0).fit(seen.means)
    boosted = HistGradientBoostingClassifier(
        max_iter=_TREES,
        max_leaf_nodes=_LEAVES,
        min_samples_leaf=2,
        l2_regularization=1.0,  # without it many rare labels make it diverge
        max_features=0.3,
        early_stopping=False,
        random_state=0,
    )
    boosted.fit(components.transform(seen.means), truth)
    held_out = boosted.predict_proba(components.transform(held.means))
    return _spread(held_out, boosted.classes_, labels)


def _spread(shares: Floats, present: Numbers, labels: int) -> Floats:
    whole = np.zeros((len(shares), labels))
    whole[:, present] = shares
    return whole
