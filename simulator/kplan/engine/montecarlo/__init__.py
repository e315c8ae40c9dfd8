"""Queries drawn one by one: how costs and times spread, with the precision that so many draws give."""
