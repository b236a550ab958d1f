"""The first minute on an empty instance: sample documents, taken in by one click."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

pytestmark = [pytest.mark.services, pytest.mark.timeout(300)]

OFFER = re.compile("^Try it with sample documents")
CONTRACT = "CT-2026-0147"


def test_sample_documents_are_offered_once_arrive_and_are_found(visit: Visit) -> None:
    # given an instance without documents, which offers samples on both screens
    page = visit("/documents")
    expect(page.get_by_role("button", name=OFFER)).to_be_visible()
    page.goto("/")
    offer = page.get_by_role("button", name=OFFER)
    expect(offer).to_be_visible()
    # when the offer is taken
    offer.click()
    # then it is gone, and the list shows all eight arriving until they are ready
    expect(offer).to_have_count(0)
    page.get_by_role("link", name="Documents").first.click()
    expect(page.locator("tr[data-document]")).to_have_count(8)
    contract = page.locator("tr[data-document]", has_text=CONTRACT)
    expect(contract).to_contain_text("Ready", timeout=120_000)
    # and a search for a word of the contract finds it
    page.goto("/?q=违约金")
    results = page.get_by_role("list", name="Search results")
    expect(results).to_contain_text(CONTRACT)
    expect(results.locator("mark").first).to_contain_text("违约金")
