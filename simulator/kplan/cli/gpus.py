"""`kplan gpus`: what a replica of one's own was measured to take, and how many of them a load needs."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import click

from kplan.cli.book_options import books

_CURVE = click.argument(
    "curves", metavar="CURVE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
_MODEL = click.option("--model", default="", metavar="NAME", help="Whose runs, where there are several's.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def gpus() -> None:
    """Own GPUs: replicas from a curve that you measured, their use, their cost, and when they pay."""


@gpus.command()
@_CURVE
@_MODEL
@_JSON
def curve(curves: tuple[Path, ...], model: str, as_json: bool) -> None:
    """Show what is read from CURVE: files of runs, or folders of them.

    Formats, told by their content: results of vllm bench serve and sweep, GuideLLM's benchmarks.json,
    AIPerf's and GenAI-Perf's exports (JSON or CSV), and a CSV of your own with a column rps_per_replica
    and, as known, ttft_p95_ms, itl_p99_ms, e2e_p95_s..., input_tokens, output_tokens, concurrency,
    gpus_per_replica, model.
    """
    from kplan.capacity.fleet.curve import curve_of
    from kplan.capacity.fleet.files import read_measured
    from kplan.render.gpus_curve import curve_json, curve_lines

    read = read_measured(curves)
    found = curve_of(read.points, model)
    click.echo(curve_json(found, read) if as_json else "\n".join(curve_lines(found, read)))


@gpus.command()
@_CURVE
@_MODEL
@click.option(
    "--slo",
    "slos",
    multiple=True,
    metavar="ttft_p95=TIME",
    help="What has to be kept: ttft, itl, tpot or e2e, mean or a percentile; repeatable.",
)
@click.option("--rps", metavar="N", help="Requests a second in the busiest hour.")
@click.option("--queries", metavar="N/month", help="Or how many in all: 3M/month, 8_000/day.")
@click.option(
    "--week",
    default="even",
    show_default=True,
    metavar="NAME|FILE",
    help="How they spread: office-hours, azure-code-2024..., or a CSV file of 168 hours.",
)
@click.option("--usd-per-gpu-hour", metavar="USD", help="What an hour of one GPU costs you.")
@click.option("--gpus-per-replica", metavar="N", help="Where the runs do not say.")
@click.option("--headroom", metavar="SHARE", help="Load to add before rounding up: 20%.")
@click.option("--spare", metavar="N", help="Replicas that may fail.")
@click.option("--least", metavar="N", help="Replicas that always run; 1 unless said.")
@click.option("--input", metavar="TOKENS", help="Of a request; those of the runs unless said.")
@click.option("--output", metavar="TOKENS", help="Of a request; those of the runs unless said.")
@click.option("--growth", metavar="SHARE", help="From each month to the next: 3%.")
@click.option("--months", metavar="N", help="How many months; 12 with --growth, else 1.")
@click.option(
    "--interpolate", "interpolates", is_flag=True, help="Between measured loads, on a straight line."
)
@click.option("--against", metavar="MODEL", help="A model of the price book that is paid for call by call.")
@click.option("--cached", metavar="SHARE", help="Share of its input that a prompt cache would serve.")
@click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="Its prices of a day instead of today's."
)
@books
@_JSON
def size(
    curves: tuple[Path, ...],
    model: str,
    slos: tuple[str, ...],
    week: str,
    interpolates: bool,
    against: str | None,
    day: datetime | None,
    paths: tuple[Path, ...],
    as_json: bool,
    **said: Any,
) -> None:
    """How many replicas a load needs, what their GPUs cost, and from which load on an API costs more.

    kplan gpus size runs/ --slo ttft_p95=500ms --rps 12 --week office-hours --usd-per-gpu-hour 2.50

    A replica's rate is the last measured load before the first that breaks a bound; nothing is predicted
    beyond what was measured. Utilisation is what is served over what the replicas could serve at that rate.
    """
    from kplan.capacity.fleet.curve import curve_of
    from kplan.capacity.fleet.files import read_measured
    from kplan.capacity.fleet.sized import sized
    from kplan.capacity.fleet.written import asked
    from kplan.cli.offers import week_of
    from kplan.render.gpus import size_lines
    from kplan.render.gpus_json import size_json

    wanted, read = asked(said, slos), read_measured(curves)
    found = curve_of(read.points, model)
    priced = partial(_priced, against, wanted.cached, day, paths) if against else None
    own = sized(found, wanted, week, week_of(week), interpolates=interpolates, priced=priced)
    click.echo(size_json(own, read) if as_json else "\n".join(size_lines(own, read)))


def _priced(model: str, cached: Decimal, day: datetime | None, paths: tuple[Path, ...], tokens: Any) -> Any:
    """What a request of these tokens costs at the API."""
    from kplan.capacity.fleet.api import api
    from kplan.errors import KplanError
    from kplan.prices.book import load_book

    on = day.date() if day else date.today()  # noqa: DTZ011 - the user's own day
    book = load_book(paths)
    try:
        return api(book, model, tokens, cached, on)
    except KplanError as e:
        raise e.at(None, "--against") from e
