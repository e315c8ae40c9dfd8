"""Dated prices: meters, rows, books, and which row is in force when."""
