"""`kplan schema`: what may stand in a scenario, for editors."""

from __future__ import annotations

import click


@click.command()
def schema() -> None:
    """Print the JSON Schema of scenario files.

    Save it, and name it in the first line of a scenario:  # yaml-language-server: $schema=schema.json
    """
    import json

    from kplan.scenario.schema import json_schema

    click.echo(json.dumps(json_schema(), indent=2))
