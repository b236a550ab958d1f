"""The REST interface under /api/v1."""

PREFIX = "/api/v1"
