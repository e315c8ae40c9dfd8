"""The cost form: one small expression graph, and its evaluators."""
