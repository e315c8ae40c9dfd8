"""Writers of comparisons of portfolios, one file a format."""
