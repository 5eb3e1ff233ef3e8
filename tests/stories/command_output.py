"""What each command of ours prints, in a team with hidden texts."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

from django.core.management import CommandError, call_command

from kindwall.management.commands.serve import Command as Serve
from tests.stories.hidden_world import World

# What a command says is read by whoever runs the installation, and may lie in a log.
COMMANDS: dict[str, Callable[[World, Path], str]] = {
    "recount": lambda world, path: said_by("recount"),
    "reindex": lambda world, path: said_by("reindex"),
    "load_demo": lambda world, path: said_by("load_demo", "--if-empty"),
    "export_team": lambda world, path: said_by("export_team", "harbour-team", str(path / "team.zip")),
    "import_team": lambda world, path: said_by("import_team", str(path / "team.zip"), "--slug", "another"),
    "delete_due_accounts": lambda world, path: said_by("delete_due_accounts"),
    "make_owner": lambda world, path: said_by("make_owner", "harbour-team", world.cast.member.user.email),
    "drop_second_factor": lambda world, path: said_by("drop_second_factor", world.cast.member.user.email),
    "setup_link": lambda world, path: said_by("setup_link"),
    "db_worker": lambda world, path: world.tasks,  # it says the names of tasks, and never ends by itself
    "serve": lambda world, path: Serve().welcome(),
}


def said_by(*command: str) -> str:
    said = StringIO()
    try:
        call_command(*command, stdout=said, stderr=said)
    except CommandError as refused:
        return said.getvalue() + str(refused)
    return said.getvalue()


SILENT = ("load_demo", "delete_due_accounts", "serve")  # where there is a team and nothing is due


def commands(world: World, path: Path) -> dict[str, str]:
    return {name: read(world, path) for name, read in COMMANDS.items()}
