"""Calls held as columns: many priced at once, through the same cells as each alone."""
