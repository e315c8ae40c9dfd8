"""From a scenario and a price book to the ledger and the verdict."""
