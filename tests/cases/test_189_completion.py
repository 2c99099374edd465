# SPDX-License-Identifier: GPL-2.0-or-later
"""189: bash completes the options that a command's --help names, and files."""

import pathlib
import re
import subprocess

import pytest

from lib import slowness

TOP = pathlib.Path(__file__).resolve().parents[2]
COMMANDS = {"kasp": "kasp/kasp", "epostavs": "scanner/epostavs", "epost-autoupdate": "epost-autoupdate",
            "epost-mkmirror": "epost-mkmirror", "epost-av-check": "operate/epost-av-check",
            "epost-av-enable": "operate/epost-av-enable", "epost-av-disable": "operate/epost-av-disable",
            "epost-av-migrate": "operate/epost-av-migrate", "epost-av-allow": "operate/epost-av-allow",
            "epost-monitord": "operate/epost-monitord", "epost-quarantine": "operate/epost-quarantine",
            "epost-report": "operate/epost-report"}


def complete(program, name, word, cwd):
    script = f"""
. {TOP}/conf/completion/kasp
complete -p {name} >/dev/null || exit 1
COMP_WORDS=({name} {word!r}) COMP_CWORD=1
_epost_av {program} {word!r} {name}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=cwd, timeout=slowness.scaled(30),
                          check=True)
    return done.stdout.split("\n")[:-1]


@pytest.mark.parametrize("name", COMMANDS)
def test_options(env, tmp_path, name):
    program = env.build / COMMANDS[name]
    assert "--help" in complete(program, name, "--h", tmp_path)
    told = subprocess.run([program, "--help"], capture_output=True, text=True, timeout=slowness.scaled(30),
                          check=True).stdout
    every = complete(program, name, "--", tmp_path)
    assert len(every) >= 3 and all(option in told for option in every), every
    assert all(option.startswith("--c") for option in complete(program, name, "--c", tmp_path) if option)


def test_files(env, tmp_path):
    (tmp_path / "a file.txt").write_text("x", encoding="ascii")
    (tmp_path / "another.txt").write_text("x", encoding="ascii")
    found = complete(env.build / COMMANDS["kasp"], "kasp", "a", tmp_path)
    assert sorted(found) == ["a file.txt", "another.txt"]


def test_every_installed_command_is_completed():
    """And its completion is installed by its name."""
    installed, completed = set(), {"kasp"}
    for path in TOP.glob("*/local.mk"):
        text = re.sub(r"\\\n\s*", "", path.read_text(encoding="utf-8"))
        for words in re.findall(r"(?m)^s?bin_(?:PROGRAMS|SCRIPTS) \+?= *(.*)$", text):
            installed |= {word.rsplit("/", 1)[-1] for word in words.split()}
        for words in re.findall(r"(?m)^EPOST_COMPLETED = (.*)$", text):
            completed |= set(words.split())
    assert installed == set(COMMANDS) == completed
