"""How a query goes through its stages: interpreters of the primitives that stage kinds expand into."""
