"""The report that every classifier gets, and its calibration."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.domain.errors import InvalidInput
from kb.evaluation.calibration import (
    choose_threshold,
    expected_calibration_error,
    fit_temperature,
    softmax,
    wilson_interval,
)
from kb.evaluation.classification import classification_report


def test_figures_of_a_small_table():
    shares = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.7, 0.3]])

    report = classification_report(["a", "b"], shares, ["a", "a", "b", "b"], wanted_precision=0.9)

    assert report.accuracy == 0.75
    assert report.macro_f1 == pytest.approx((0.8 + 2 / 3) / 2)
    assert report.confusion == ((2, 0), (1, 1))
    assert [(e.at, e.truth, e.said) for e in report.errors] == [(3, "b", "a")]
    assert json.loads(json.dumps(report.as_json()))["macro_f1"] == report.macro_f1


def test_a_label_without_a_column_counts_as_missed():
    report = classification_report(["a"], np.ones((2, 1)), ["a", "new"], wanted_precision=0.9)

    assert report.accuracy == 0.5
    assert report.per_class[-1].label == "new"


def test_nothing_to_measure_is_said():
    with pytest.raises(InvalidInput):
        classification_report(["a"], np.empty((0, 1)), [], wanted_precision=0.9)


def test_temperature_finds_how_much_logits_were_exaggerated():
    draw = np.random.default_rng(0)
    logits = draw.normal(size=(4000, 3))
    truth = np.array([draw.choice(3, p=row) for row in softmax(logits)])

    assert fit_temperature(logits * 4, truth) == pytest.approx(4, rel=0.15)


def test_sure_and_half_right_is_badly_calibrated():
    right = np.arange(100) % 2 == 0

    assert expected_calibration_error(np.ones(100), right) == pytest.approx(0.5)
    assert expected_calibration_error(np.full(100, 0.5), right) < 0.11


def test_threshold_keeps_what_is_right_often_enough():
    confidence = np.linspace(0, 1, 1000)
    right = confidence > 0.4

    threshold = choose_threshold(confidence, right, 0.98)

    assert right[confidence >= threshold].mean() >= 0.98
    assert threshold < 0.4


def test_without_enough_evidence_only_the_certain_are_accepted():
    assert choose_threshold(np.array([0.99, 0.9]), np.array([True, True]), 0.98) == 0.98


@given(st.integers(0, 200), st.integers(0, 200))
def test_an_interval_holds_its_share(right, wrong):
    low, high = wilson_interval(right, right + wrong)

    assert 0 <= low <= high <= 1
    if right + wrong:
        assert low - 1e-9 <= right / (right + wrong) <= high + 1e-9
