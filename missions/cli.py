"""The command line. Results go to stdout, everything else to stderr; 0 done, 1 the run failed, 2 the input is wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from missions.tables import Table

app = typer.Typer(
    name="skykey",
    help="How much secret key does a quantum mission deliver, to whom, when, and what limits it?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its help page alone costs 0.15 s
    context_settings={"help_option_names": ["-h", "--help"]},
)
ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A TOML file, or the name of a built-in mission.")
]
OutFolder = Annotated[Path | None, typer.Option("-o", "--output", metavar="DIR", help="Write report and tables there.")]
OutFile = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE.csv", help="Write the table there.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def main() -> None:
    """Entry point: one clear message, and no traceback, for anything that a user can cause."""
    from missions.errors import InputError

    try:
        app()
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    except BrokenPipeError:
        sys.stderr.close()
    except KeyboardInterrupt:
        print("interrupted; nothing was written", file=sys.stderr)
        sys.exit(1)


@app.command()
def run(scenario: ScenarioName, output: OutFolder = None, json: Json = False) -> None:
    """Fly the mission: key per station, report, tables."""
    from missions import load, show, simulate
    from missions.budget import require_writable

    mission = load(scenario)
    if output is not None:
        require_writable(output)
    budget = simulate.run(mission)
    if json:
        _print_json(budget.to_dict())
    else:
        show.budget(budget)
    if output is not None:
        budget.write(output)
        print(f"\nwritten: {output / 'report.html'}, tables and budget.json beside it", file=sys.stderr)


@app.command()
def check(scenario: ScenarioName) -> None:
    """Read a scenario, say whether it is right, and compute nothing."""
    from missions import load

    mission = load(scenario)
    days = (mission.mission.end - mission.mission.start).total_seconds() / 86400
    kinds = ("satellites", "stations", "nodes", "fibres", "backbones", "links", "demands")
    found = [f"{kind} {len(getattr(mission, kind))}" for kind in kinds if getattr(mission, kind)]
    print(f"{scenario}: right: {', '.join(found)}; {days:g} days; {mission.digest[:12]}")


@app.command()
def passes(scenario: ScenarioName, output: OutFile = None, json: Json = False) -> None:
    """Every pass of every satellite over every station."""
    from missions import load, simulate
    from missions.tables import Table

    _emit(Table(simulate.geometry(load(scenario)).columns()), output, json)


@app.command()
def links(scenario: ScenarioName, output: OutFile = None, json: Json = False) -> None:
    """The loss budget of every pass, factor by factor, in dB."""
    from missions import load, losses

    _emit(losses.table(load(scenario)), output, json)


@app.command()
def keys(scenario: ScenarioName, output: OutFile = None, json: Json = False) -> None:
    """The finite key of every block, bounds and epsilons."""
    from missions import load, rows, simulate

    blocks = simulate.run(load(scenario)).tables["blocks"]
    _emit(blocks if output or json else rows.main_columns(blocks), output, json)


@app.command()
def backbone(
    scenario: ScenarioName,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="FILE", help="Write it: .csv, .json, .geojson or .sqlite (the ledger)."),
    ] = None,
    json: Json = False,
) -> None:
    """Trusted nodes: who gets key, what limits it, what if one fails."""
    from missions import load, show
    from missions.network import output as network

    network.require_format(output)
    found = network.connected(load(scenario), scenario)
    if output is not None:
        network.write(found, output)
        print(f"written: {output}", file=sys.stderr)
    elif json:
        _print_json(network.document(found))
    else:
        show.network(found)


@app.command()
def serve(
    scenario: ScenarioName,
    tokens: Annotated[
        Path | None, typer.Option(metavar="FILE", help="JSON, application to token; by default fresh ones.")
    ] = None,
    lost: Annotated[
        list[str] | None, typer.Option(metavar="NODE", help="A node that is out of service; may be repeated.")
    ] = None,
    at: Annotated[float, typer.Option(metavar="HOURS", help="Where in the mission to begin.")] = 0.0,
    speed: Annotated[float, typer.Option(metavar="FACTOR", help="Simulated seconds per second.")] = 1.0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8014,
    anywhere: Annotated[bool, typer.Option(help="Allow an address that other computers reach.")] = False,
) -> None:
    """Test keys over ETSI GS QKD 014, on this computer only."""
    from missions import load
    from missions.network import output as network
    from missions.network.manager.serve import Clock, require_local
    from missions.network.manager.serve import serve as listen

    require_local(host, anywhere)
    mission = load(scenario)
    view = network.view(network.connected(mission, scenario), lost or ())
    listen(view, tokens, host, port, anywhere, Clock(3600.0 * at, speed), mission.mission.seed)


@app.command()
def distil(
    scenario: ScenarioName,
    number: Annotated[int, typer.Option("--pass", metavar="N", help="Row of passes.csv, from 0.")],
    eavesdropper: Annotated[
        str | None,
        typer.Option(
            metavar="ATTACK:SHARE", help="intercept-resend, photon-number-splitting or beam-splitting, e.g. :0.3"
        ),
    ] = None,
    code: Annotated[str, typer.Option(metavar="CODE", help="Error correction: cascade or ldpc.")] = "cascade",
    keys_to: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write both keys there, for your eyes only.")
    ] = None,
) -> None:
    """Play one pass bit by bit, to two equal keys."""
    from missions import load, show
    from missions.distil import account, attack, correction, distil, write_keys

    mission, eve, chosen = load(scenario), attack(eavesdropper), correction(code)
    with show.progress() as step:
        played = distil(mission, number, eve, step, chosen)
    show.table(account(played, mission, number))
    if keys_to is not None and played.aborted is None:
        write_keys(played, keys_to)


@app.command()
def scenarios() -> None:
    """The built-in missions."""
    import tomllib

    from missions import built_in

    for name, text in built_in().items():
        print(f"{name:<18} {tomllib.loads(text)['mission']['title']}")


@app.command()
def stations(output: OutFile = None, json: Json = False) -> None:
    """The catalogue of published optical ground stations."""
    from missions import rows

    _emit(rows.catalogue_table(), output, json)


@app.command()
def schema() -> None:
    """JSON schema of a scenario file, for editors and other programs."""
    from missions.schema import schema as scenario_schema

    _print_json(scenario_schema())


@app.command()
def cite(scenario: ScenarioName) -> None:
    """The publications behind a scenario's models."""
    from missions import load
    from missions.cite import citations

    for what, reference in citations(load(scenario)):
        print(f"{what}: {reference}")


def _emit(table: Table, output: Path | None, json: bool) -> None:
    """The table as a file, as JSON or for the eye."""
    from missions import show

    if output is not None:
        show.write(table, output)
    elif json:
        _print_json(table.records())
    else:
        show.table(table)


def _print_json(value: object) -> None:
    import json

    print(json.dumps(value, indent=1, allow_nan=False, ensure_ascii=False))
