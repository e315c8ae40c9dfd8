"""The `kplan` command: its table of commands, its help, and what each kind of failure exits with."""

from __future__ import annotations

import errno
import gc
import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, NoReturn

import click

from kplan.cli.lazy import Command, Commands
from kplan.errors import KplanError
from kplan.version import __version__

FINE, CHECK_FAILED, WRONG_INPUT, OUR_FAULT, INTERRUPTED = 0, 1, 2, 3, 130


COMMANDS: Mapping[str, Command] = MappingProxyType(
    {
        "demo": Command("kplan.cli.demo:demo", "An answer in one screen; needs no file", True),
        "init": Command("kplan.cli.init:init", "Make a folder with a scenario to start from", True),
        "simulate": Command("kplan.cli.simulate:simulate", "What a scenario's designs cost", True),
        "show": Command("kplan.cli.show:show", "A saved result by stage, model, class, meter or month"),
        "explain": Command("kplan.cli.explain:explain", "One figure as a sum, with its prices", True),
        "diff": Command("kplan.cli.diff:diff", "What a change does to the bill, and why", True),
        "import": Command(
            "kplan.cli.import_:import_workbook", "What was edited in a workbook, as a scenario", True
        ),
        "check": Command("kplan.cli.check:check", "Fail where a scenario breaks its own bounds", True),
        "book": Command("kplan.cli.book:book", "Look into price books, and change your own", True),
        "lock": Command("kplan.cli.lock:lock", "Keep what designs cost, and fail when that moves", True),
        "review": Command("kplan.cli.review:review", "Accept or reject what moved since the lock"),
        "profile": Command("kplan.cli.profile:profile", "A scenario made of a log of calls"),
        "price": Command("kplan.cli.price:command", "The price of one call, or of a file of calls"),
        "capacity": Command("kplan.cli.capacity:capacity", "Which limit binds each design, and from when on"),
        "station": Command("kplan.cli.station:station", "How long calls wait for servers, and how many fit"),
        "units": Command("kplan.cli.units:units", "Sizes as billed units: searches, read units, stored GB"),
        "limits": Command("kplan.cli.limits:limits", "Rate limits of providers, and which hold for a model"),
        "offers": Command("kplan.cli.offers:offers", "Provisioned throughput: what is sold, and what to buy"),
        "gpus": Command("kplan.cli.gpus:gpus", "Own GPUs: replicas from a measured curve, and when they pay"),
        "validate": Command("kplan.cli.validate:validate", "All problems of a scenario, with their lines"),
        "schema": Command("kplan.cli.schema:schema", "The JSON Schema of scenarios, for editors"),
    }
)
"""A new command is one line here and one module."""


def _show_all(ctx: click.Context, param: click.Parameter, value: bool) -> None:  # noqa: ARG001 - click's signature
    if value and not ctx.resilient_parsing:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()


GARBAGE_THRESHOLD = 200_000
"""New objects between two searches for circular garbage: a command is over before it would pay; at Python's
own 700 the searches take about a tenth of its time."""


@click.command(
    cls=Commands,
    table=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="kplan", message="%(prog)s %(version)s")
@click.option(
    "--all", is_flag=True, is_eager=True, expose_value=False, callback=_show_all, help="Help on all commands."
)
def main() -> None:
    """What an LLM pipeline costs per query and per month, offline, under real, dated prices."""


def run() -> None:
    """Entry point of the `kplan` command."""
    gc.set_threshold(GARBAGE_THRESHOLD)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    code = exit_code(sys.argv[1:])
    if _is_watched():
        sys.exit(code)
    _leave(code)


def _is_watched() -> bool:
    """Whether a profiler, a debugger or coverage waits for the usual end."""
    monitoring = getattr(sys, "monitoring", None)  # where cProfile and coverage look from, since Python 3.12
    tools = map(monitoring.get_tool, range(6)) if monitoring else ()
    return any((sys.gettrace(), sys.getprofile(), *tools))


def _leave(code: int) -> NoReturn:
    """End the process as it is: taking its modules apart first is an eighth of a run's CPU time."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # closed, or never there
            stream.flush()
    os._exit(code)


def exit_code(args: Sequence[str]) -> int:
    """Run the command line and say how it went: 0, 1, 2, 3 or 130."""
    try:
        code = _invoked(args)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        return FINE
    except OSError as e:
        if e.errno != errno.ENOSPC:
            return _our_fault(e)
        _silence(sys.stdout)
        return _complain([f"kplan: {e.strerror}"], WRONG_INPUT)
    except Exception as e:
        return _our_fault(e)
    return code


def _invoked(args: Sequence[str]) -> int:
    try:
        with main.make_context("kplan", list(args)) as ctx:
            main.invoke(ctx)
    except click.exceptions.Exit as e:
        return e.exit_code
    except click.ClickException as e:
        e.show()
        return WRONG_INPUT
    except (KeyboardInterrupt, click.Abort):
        return _complain(["", "kplan: interrupted"], INTERRUPTED)
    except KplanError as e:
        return _complain([_plain(str(problem)) for problem in e.problems], WRONG_INPUT)
    return FINE


def _our_fault(error: Exception) -> int:
    if os.environ.get("KPLAN_DEBUG") == "1":
        from traceback import print_exception

        print_exception(error)
    said = _plain(f"{type(error).__name__}: {error}")
    return _complain(
        [f"kplan: a fault of ours, please report it: {said} (KPLAN_DEBUG=1 shows more)"], OUR_FAULT
    )


def _complain(lines: Sequence[str], code: int) -> int:
    for line in lines:
        click.echo(line, err=True)
    return code


def _silence(stream: Any) -> None:
    """Send what is still buffered nowhere, so that Python does not complain at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _plain(text: str) -> str:
    """Foreign text without control codes; imported late, since help needs no writer."""
    from kplan.render.format import plain_text

    return plain_text(text)
