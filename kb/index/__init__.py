"""Vectors and terms to ids and scores; files only, no SQL."""
