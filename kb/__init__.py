"""Zhiku (知库): the knowledge base that companies run on their own machines."""

__version__ = "0.1.0"
