"""How long queries take under load: the whole pipeline as stations behind limits, call by call."""
