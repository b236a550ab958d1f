"""Query to hits: query syntax, hybrid retrieval, fusion, highlights, facets."""
