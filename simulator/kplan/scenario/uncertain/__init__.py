"""How sure a parameter is: one file a distribution, and one field of `Param` each."""
