from kplan.errors import KplanError as KplanError
from kplan.public import Results as Results
from kplan.public import load_price_book as load_price_book
from kplan.public import load_scenario as load_scenario
from kplan.public import simulate as simulate
from kplan.public import units as units
from kplan.public_calls import PricedCalls as PricedCalls
from kplan.public_calls import price_calls as price_calls
from kplan.version import __version__ as __version__

__all__ = [
    "KplanError",
    "PricedCalls",
    "Results",
    "__version__",
    "load_price_book",
    "load_scenario",
    "price_calls",
    "simulate",
    "units",
]
