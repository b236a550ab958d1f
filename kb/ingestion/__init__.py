"""The life of a document: received, read, cut, indexed, understood, deleted."""
