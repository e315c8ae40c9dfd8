"""How designs fit the limits of their providers, in three formats."""
