"""Sending work: the broker is only a doorbell, the queue of record is the jobs table."""
