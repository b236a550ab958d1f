"""The two cuts of a document: passages for search, windows for the language model."""
