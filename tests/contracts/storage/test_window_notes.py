"""Notes of windows outlive the process that made them and are kept apart by recipe."""

from kb.storage.database import Database
from kb.storage.window_notes import SqlWindowNotes


def test_a_note_is_found_by_recipe_and_text(database):
    notes = SqlWindowNotes(database)
    notes.put("model|abstract|zh", "a" * 64, "水泵厂加高围墙。")
    notes.put("model|abstract|en", "a" * 64, "Walls are raised.")

    found = SqlWindowNotes(database).find("model|abstract|zh", ["a" * 64, "b" * 64])

    assert found == {"a" * 64: "水泵厂加高围墙。"}
    assert notes.find("another", ["a" * 64]) == {}
    assert notes.find("model|abstract|zh", []) == {}


def test_keeping_the_same_note_again_is_no_error(database: Database):
    notes = SqlWindowNotes(database)
    notes.put("recipe", "a" * 64, "first")
    notes.put("recipe", "a" * 64, "second")

    assert notes.find("recipe", ["a" * 64]) == {"a" * 64: "second"}
