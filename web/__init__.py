"""The HTTP door: parses requests, calls one use case, maps the result."""
