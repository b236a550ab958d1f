"""Windows and passages to categories and summaries."""
