"""Writers of portfolios, one file a format."""
