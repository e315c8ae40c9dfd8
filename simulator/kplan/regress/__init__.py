"""Published figures under audit, and limits that results must keep."""
