"""The gate refuses what is worse, names the class and the numbers, and passes the rest."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kb.training.gate import Margins, decide


def report(macro_f1: float, **classes: float) -> dict[str, Any]:
    return {
        "metrics": {"macro_f1": macro_f1, "accuracy": macro_f1},
        "per_class": [
            {"label": label, "precision": f1, "recall": f1, "f1": f1, "support": 10}
            for label, f1 in classes.items()
        ],
        "baselines": {},
    }


def test_nothing_in_service_and_no_baseline_lets_everything_pass() -> None:
    assert decide(report(0.2), None, Margins()).passed


def test_a_class_that_falls_is_named_with_both_numbers() -> None:
    verdict = decide(
        report(0.9, contract=0.7, invoice=0.99),
        report(0.9, contract=0.8, invoice=0.9),
        Margins(),
        against="classifier-0001",
    )
    assert not verdict.passed
    [(chinese, english)] = verdict.reasons
    for sentence in (chinese, english):
        assert "contract" in sentence
        assert "0.700" in sentence
        assert "0.800" in sentence
        assert "classifier-0001" in sentence
    assert verdict.classes[0].label == "contract"
    assert verdict.detail() == {"detail": english, "detail_zh": chinese}


def test_a_class_with_few_documents_decides_nothing() -> None:
    challenger, serving = report(0.9, contract=0.1), report(0.9, contract=0.9)
    challenger["per_class"][0]["support"] = 4
    assert decide(challenger, serving, Margins()).passed


def test_a_better_baseline_is_named() -> None:
    challenger = report(0.8) | {"baselines": {"tfidf_lr": {"macro_f1": 0.85}}}
    verdict = decide(challenger, None, Margins())
    assert "tfidf_lr" in verdict.reasons[0][1]


def test_figures_beside_the_classes_count_too() -> None:
    serving = report(0.9)
    challenger = {"macro_f1": 0.5, "accuracy": 0.5, "per_class": []}
    assert not decide(challenger, serving, Margins()).passed


shares = st.floats(0, 1, allow_nan=False)


@given(shares, shares, st.floats(0, 0.5))
def test_it_passes_exactly_within_the_margin(mine: float, theirs: float, margin: float) -> None:
    verdict = decide(report(mine), report(theirs), Margins(overall=margin))
    assert verdict.passed == (round(theirs, 4) - round(mine, 4) <= margin)


@given(shares)
def test_a_model_never_loses_against_itself(figure: float) -> None:
    assert decide(report(figure, a=figure), report(figure, a=figure), Margins(0, 0)).passed
