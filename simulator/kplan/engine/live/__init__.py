"""Plans in which the model of a stage can be exchanged: what page and workbook offer lists of models for."""
