"""`kplan station`: how long calls wait for a number of servers."""

from __future__ import annotations

import click


@click.command()
@click.option("--arrivals", metavar="RATE", help="Calls that come: 6.4/s, 384/min or 23_040/h.")
@click.option("--service", metavar="TIME", help="What a call takes on average: 1s, 500ms or 2m.")
@click.option("--servers", metavar="N", help="How many calls are served at once.")
@click.option(
    "--scv",
    default="1",
    show_default=True,
    metavar="X",
    help="Squared coefficient of variation of the service times: 0 is constant, 1 exponential.",
)
@click.option(
    "--arrival-scv",
    default="1",
    show_default=True,
    metavar="X",
    help="That of the times between arrivals: 1 is Poisson, more is bursty (gamma).",
)
@click.option(
    "--law",
    default="gamma",
    show_default=True,
    metavar="NAME",
    help="Law of the service times: gamma, lognormal or hyperexponential.",
)
@click.option(
    "--slo",
    "slos",
    multiple=True,
    metavar="p95=TIME",
    help="A bound of mean, p50, p95 or p99, from coming to leaving; repeatable. Asks for the largest load.",
)
@click.option(
    "--sample", "n", type=click.IntRange(1000, 100_000_000), help="Arrivals where it has to be simulated."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the simulation.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
@click.pass_context
def station(
    context: click.Context,
    arrivals: str | None,
    service: str | None,
    servers: str | None,
    scv: str,
    arrival_scv: str,
    law: str,
    slos: tuple[str, ...],
    n: int | None,
    seed: int,
    is_json: bool,
) -> None:
    """How long calls wait at a station, and how many it can take.

    kplan station --arrivals 6.4/s --service 1s --servers 8 --slo p95=4s

    Calls wait in one line, first come, first served. Figures are exact where a closed form exists (M/M/c,
    M/D/c, means of M/G/1), else simulated, with an interval; each says which. The exit code is 1 where
    an SLO is missed, or more calls come than the servers can take: that is unstable.
    """
    from kplan.capacity.queues import written
    from kplan.capacity.queues.answer import Effort, answer
    from kplan.capacity.queues.search import largest_load, missed
    from kplan.render.station import Station, as_json, as_lines

    demand, limits_s = written.asked(arrivals, service, servers, scv, arrival_scv, law, slos)
    effort = Effort(seed, n)
    found = answer(demand, effort) if demand.is_stable else None
    largest = largest_load(demand, limits_s, effort) if limits_s else None
    told = Station(demand, effort, found, limits_s, largest)
    click.echo(as_json(told) if is_json else "\n".join(as_lines(told)))
    context.exit(0 if found and not missed(found, limits_s) else 1)
