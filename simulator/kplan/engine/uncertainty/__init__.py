"""Uncertain parameters: draws for the whole plan, the ranges they make, and which of them matter."""
