"""Logs of calls: read, checked row by row, and made into the stages of a scenario."""
