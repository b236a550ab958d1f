"""What the tests stand on: real services and a running instance, started and ended by the tests."""
