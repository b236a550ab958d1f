"""Bytes to pages of blocks with boxes."""
