"""Options from the command line, the environment and a file; `probe config`."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from probe.cli import run
from probe.cli.configuring import SYSTEM_WIDE, places
from probe.cli.settled import COMMANDS, template
from probe.cli.wishes import Wishes, settle
from probe.settings import TABLES, Kind, Option, Table, read
from tests.cli.running import invoke, probe

ROWS = [(table, option) for table in TABLES for option in table.options]
NOT_TO_BE_SET = {"resume", "dry_run", "config", "context", "run_options"}
"""Parameters of commands that are for one call; the first two would make an unwatched machine repeat or do nothing."""


def parameters(command: str) -> dict[str, Any]:
    """The parameters of a command as Click has them, by flag, an argument by its name."""
    single = typer.Typer(add_completion=False)
    single.command()(COMMANDS[command])
    made: Any = typer.main.get_command(single)
    return {
        next((name for name in one.opts if name.startswith("--")), one.name): one
        for one in made.params
        if "--help" not in one.opts
    }


def shown(home: Path, *arguments: str, **environ: str) -> dict[str, tuple[object, str]]:
    """Value and origin by `table.key`, as `probe config show --json` has them."""
    done = invoke("config", "show", "--json", *arguments, home=home, **environ)
    assert done.exit_code == 0, done.stderr
    rows = json.loads(done.stdout)["options"]
    return {f"{row['table']}.{row['key']}": (row["value"], row["from"]) for row in rows}


def configuration(home: Path, text: str) -> Path:
    """A file with `text`, not in the place where one is looked for."""
    path = home / "c.toml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(("table", "option"), ROWS, ids=[option.flag for _, option in ROWS])
def test_the_table_is_what_the_commands_have(table: Table, option: Option) -> None:
    """Flag, variable and kind."""
    parameter = parameters(table.command)[option.flag]
    assert parameter.envvar == option.env
    kind = Kind.SWITCH if getattr(parameter, "is_flag", False) else Kind.TEXT
    several = getattr(parameter, "multiple", False) or parameter.nargs == -1
    assert option.kind == (Kind.TEXTS if several else kind)


@pytest.mark.parametrize("command", COMMANDS)
def test_whatever_a_command_takes_can_be_set(command: str) -> None:
    """But for what is of one call only."""
    own = {option.flag for table, option in ROWS if command in (table.command, *table.also)}
    left = {one.name for flag, one in parameters(command).items() if flag not in own}
    assert left <= NOT_TO_BE_SET


def test_plan_takes_what_run_takes() -> None:
    """With the same names and defaults, but that it is a dry run already."""
    own = {name: kind for name, kind in run.run.__annotations__.items() if name != "dry_run"}
    assert run.plan.__annotations__ == own


def test_the_nearest_one_wins(tmp_path: Path) -> None:
    """Command line over environment over file over default."""
    file = str(configuration(tmp_path, '[run]\nparallel = 1\nmax_runtime = "1m"\nkeep = "1d"\n'))
    environ = {"PROBE_CONFIG": file, "PROBE_PARALLEL": "2", "PROBE_MAX_RUNTIME": "2m"}
    found = shown(tmp_path, "--parallel", "3", **environ)
    assert found["run.parallel"] == ("3", "command line")
    assert found["run.max_runtime"] == ("2m", "environment PROBE_MAX_RUNTIME")
    assert found["run.keep"] == ("1d", f"file {file}:4")
    assert found["run.country"] == ("ZZ", "default")
    assert found["run.max_disk"] == (None, "default")


def test_an_empty_variable_is_none(tmp_path: Path) -> None:
    """As compose files and unit files write it."""
    assert shown(tmp_path, PROBE_PARALLEL="", PROBE_CONFIG="")["run.parallel"] == ("40", "default")


def test_every_option_from_every_place(tmp_path: Path) -> None:
    """What the example in the table sets, the file and the environment set too."""
    lines = [
        f"[{table.name}]\n" + "\n".join(f"{o.key} = {o.example}" for o in table.options) for table in TABLES
    ]
    file = configuration(tmp_path, "\n".join(lines))
    found = shown(tmp_path, "--config", str(file))
    assert {name for name, (_, origin) in found.items() if not origin.startswith("file ")} == set()
    assert set(found) == {f"{table.name}.{option.key}" for table, option in ROWS}
    plain = {option.env: tomllib.loads(f"x = {option.example}")["x"] for _, option in ROWS}
    environ = {
        name: " ".join(value)
        if isinstance(value, list)
        else str(value).lower()
        if value is True
        else str(value)
        for name, value in plain.items()
    }
    by_variables = shown(tmp_path, **environ)
    assert {name: value for name, (value, _) in by_variables.items()} == {
        name: value for name, (value, _) in found.items()
    }
    assert {origin.split()[0] for _, origin in by_variables.values()} == {"environment"}


def test_where_a_file_is_looked_for(tmp_path: Path) -> None:
    """Beside the consent, then for the machine; never in the working directory."""
    home = Path("/home/x")
    assert places({}, "linux", home) == [home / ".config/reachprobe/config.toml", SYSTEM_WIDE]
    assert places({"XDG_CONFIG_HOME": "/cfg"}, "linux", home)[0] == Path("/cfg/reachprobe/config.toml")
    own = tmp_path / ".config" / "reachprobe" / "config.toml"
    own.parent.mkdir(parents=True)
    for name in ("probe.toml", "config.toml", "reachprobe.toml"):
        (tmp_path / name).write_text('[run]\nurl = "https://x.example/"\n')
    done = probe("plan", "--json", home=tmp_path)
    assert json.loads(done.stdout)["targets"] == 80
    own.write_text("[run]\nparallel = 5\n")
    assert shown(tmp_path)["run.parallel"] == ("5", f"file {own}:2")


def test_people_see_a_table(tmp_path: Path) -> None:
    """With what was read and who wins; secrets and passwords are stars."""
    file = configuration(
        tmp_path, '[run]\ncontrol_token = "geheim"\ncontrol = "https://u:geheim@h.example/?k=geheim"\n'
    )
    done = invoke("config", "show", "--config", str(file), home=tmp_path)
    assert done.exit_code == 0
    assert "geheim" not in done.output
    assert "run.control_token " in done.stdout
    assert '["https://***@h.example/?k=***"]' in done.stdout
    assert done.stderr.startswith(f"Configuration file: {file}\nThe command line wins")
    assert "geheim" not in invoke("config", "show", "--json", "--config", str(file), home=tmp_path).output


@pytest.mark.parametrize("command", ["run", "plan"])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[run]\nparalel = 3", "{file}:2: paralel: no such key; did you mean parallel?\n"),
        (
            '[run]\n\nmax_runtime = "soon"',
            "--max-runtime soon: not a duration like 90s, 10m or 1h30m (file {file}:3)\n",
        ),
        ('[run]\nmax_disk = "much"', "--max-disk much: not a size like 500M, 2G or 1GiB (file {file}:2)\n"),
        ('[run]\nconsent = "1"', "{file}:2: consent: consent is given by a person"),
    ],
)
def test_mistakes_in_a_file(command: str, text: str, said: str, tmp_path: Path) -> None:
    """Exit 2, file and line; nothing else happens."""
    file = configuration(tmp_path, text)
    done = invoke(command, "--config", str(file), home=tmp_path, PROBE_CONSENT="1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(said.format(file=file))


def test_mistakes_in_the_environment(tmp_path: Path) -> None:
    """A bad value is named with its variable; a name that is nearly one of ours is told, others are not our business."""
    done = invoke("plan", home=tmp_path, PROBE_MAX_RUNTIME="soon")
    assert done.exit_code == 2
    assert done.stderr.endswith("(environment PROBE_MAX_RUNTIME)\n")
    done = invoke(
        "plan",
        home=tmp_path,
        PROBE_PARALEL="3",
        PROBE_PORT_80_TCP="tcp://10.0.0.1:80",
        PROBE_SERVICE_HOST="x",
    )
    assert done.exit_code == 0
    said = [line for line in done.stderr.splitlines() if line.startswith("PROBE_")]
    assert said == ["PROBE_PARALEL is set, but there is no such option; did you mean PROBE_PARALLEL?"]


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    """One that was named must be there."""
    done = invoke("plan", "--config", str(tmp_path / "none.toml"), home=tmp_path)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr == f"--config {tmp_path / 'none.toml'}: cannot be read: No such file or directory\n"


def test_a_folder_that_may_not_be_looked_into(tmp_path: Path) -> None:
    """Somebody else's settings are nobody's reason not to measure; that they were passed over is said."""
    own = tmp_path / ("x" * 300)  # a name that no system takes: root may look into every folder
    done = invoke("plan", "--url", "https://telegram.org", home=tmp_path, XDG_CONFIG_HOME=str(own))
    assert (done.exit_code, done.stdout) == (0, "telegram.org\n")
    assert f"{own}/reachprobe/config.toml: not looked for: File name too long\n" in done.stderr


def test_no_file_gives_consent(tmp_path: Path) -> None:
    """However it is set up, without a person's yes nothing is sent."""
    file = configuration(tmp_path, '[run]\nurl = "https://x.example/"\n')
    assert invoke("run", "--config", str(file), home=tmp_path).exit_code == 3


def test_init_explains_everything_and_sets_nothing(tmp_path: Path) -> None:
    """As written it changes nothing; with every # taken away it is valid, and sets every option."""
    own = tmp_path / ".config" / "reachprobe" / "config.toml"
    done = invoke("config", "init", home=tmp_path)
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.startswith(f"Written: {own}.")
    document = read(own.read_bytes(), "c.toml")
    assert [entries for entries in document.tables.values() if entries] == []
    assert {origin for _, origin in shown(tmp_path).values()} == {"default"}
    bare = "\n".join(line.removeprefix("#") for line in template().splitlines() if not line.startswith("# "))
    found = read(bare.encode(), "c.toml")
    assert {(name, key) for name, entries in found.tables.items() for key in entries} == {
        (table.name, option.key) for table, option in ROWS
    }
    for _, option in ROWS:
        assert f"# Environment: {option.env}\n" in template()


def test_init_writes_over_nothing(tmp_path: Path) -> None:
    """And to standard output when asked."""
    path = tmp_path / "mine.toml"
    path.write_text("# mine\n")
    done = invoke("config", "init", "-o", str(path), home=tmp_path)
    assert (done.exit_code, path.read_text()) == (2, "# mine\n")
    assert done.stderr == f"{path}: exists already and is not written over\n"
    assert invoke("config", "init", "-o", "-", home=tmp_path).stdout == template()
    (tmp_path / "file").touch()
    done = invoke("config", "init", "-o", str(tmp_path / "file" / "c.toml"), home=tmp_path)
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize(
    ("wishes", "ranks", "settled"),
    [
        (Wishes(lists=("a",), urls=("u",)), {"lists": 1, "urls": 3}, Wishes(urls=("u",))),
        (Wishes(lists=("a",), urls=("u",)), {"lists": 3, "urls": 2}, Wishes(lists=("a",))),
        (Wishes(lists=("a",), urls=("u",)), {"lists": 1, "urls": 1}, Wishes(lists=("a",), urls=("u",))),
        (Wishes(dohs=("d",), no_doh=True), {"dohs": 3, "no_doh": 1}, Wishes(dohs=("d",))),
        (Wishes(dohs=("d",), no_doh=True), {"dohs": 1, "no_doh": 2}, Wishes(no_doh=True)),
        (
            Wishes(resume=Path("r.jsonl"), lists=("a",), country="IR", keep="1d", parallel="3"),
            {"resume": 3, "lists": 1, "country": 2, "keep": 1, "parallel": 1},
            Wishes(resume=Path("r.jsonl"), parallel="3"),
        ),
        (
            Wishes(resume=Path("r.jsonl"), country="IR"),
            {"resume": 3, "country": 3},
            Wishes(resume=Path("r.jsonl"), country="IR"),
        ),
        (Wishes(output=Path("a.jsonl"), keep="1d"), {"output": 3, "keep": 1}, Wishes(output=Path("a.jsonl"))),
        (
            Wishes(output=Path("a.jsonl"), keep="1d"),
            {"output": 1, "keep": 1},
            Wishes(output=Path("a.jsonl"), keep="1d"),
        ),
        (Wishes(output=Path("a"), keep="1d"), {"output": 3, "keep": 1}, Wishes(output=Path("a"), keep="1d")),
    ],
)
def test_what_is_typed_is_not_refused_for_what_is_set(
    wishes: Wishes, ranks: dict[str, int], settled: Wishes
) -> None:
    """Of options that answer one question, or exclude each other, the stronger ones stay."""
    assert settle(wishes, ranks) == settled


def test_show_says_what_is_not_used(tmp_path: Path) -> None:
    """Beside a URL that is typed the lists of the file are not measured."""
    file = configuration(tmp_path, '[run]\nlists = ["news"]\n')
    found = shown(tmp_path, "--config", str(file), "--url", "x.example")
    assert found["run.lists"] == (["news"], f"file {file}:2; not used beside what is typed")
