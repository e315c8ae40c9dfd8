"""Price books made from what others publish: one file per source."""
