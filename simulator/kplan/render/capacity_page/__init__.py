"""How designs fit the limits of their providers, as a page, and as a section of the page on costs."""
