"""Taxonomies from files and back."""

import pytest

from kb.domain.errors import InvalidInput
from kb.enrichment.classify import default_examples
from kb.enrichment.taxonomy import default_taxonomy, parse_taxonomy, to_json, to_yaml


def test_the_default_is_complete_in_both_languages():
    taxonomy = default_taxonomy()

    assert len(taxonomy.labels) >= 12
    for label in taxonomy.labels:
        assert all((label.name_zh, label.name_en, label.description_zh, label.description_en))
        assert default_examples()[label.name]


@pytest.mark.parametrize("write", [to_yaml, to_json])
def test_what_is_written_is_read_back(write):
    tree = "{name: t, children: [{name: law, description: d, children: [{name: statute}]}]}"

    for taxonomy in (default_taxonomy(), parse_taxonomy(tree)):
        assert parse_taxonomy(write(taxonomy)) == taxonomy


def test_a_tree_keeps_its_parents_and_one_language_serves_for_both():
    taxonomy = parse_taxonomy(
        '{"name": "mine", "children": [{"name": "合同", "description": "甲乙双方",'
        ' "children": [{"name": "Lease"}]}]}'
    )

    contract, lease = taxonomy.labels
    assert taxonomy.name == "mine"
    assert (contract.name, contract.name_en, contract.description_en) == (
        "合同",
        "合同",
        "甲乙双方",
    )
    assert (lease.name, lease.parent) == ("lease", "合同")


@pytest.mark.parametrize(
    "source",
    [
        "",
        "[]",
        "a: [",
        "[{description: x}]",
        "[a, A]",
        "[[1]]",
        "{labels: {a: 1}}",
        "[{name: [1]}]",
    ],
)
def test_what_is_no_taxonomy_is_refused(source):
    with pytest.raises(InvalidInput):
        parse_taxonomy(source)
