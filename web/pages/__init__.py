"""Pages rendered on the server, for browsers without JavaScript."""
