"""Scenarios: read with the place of every value, composed, checked, and laid out as stages."""
