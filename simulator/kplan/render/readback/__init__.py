"""A budget workbook read back: what was edited in it, and the scenario that says the same."""
