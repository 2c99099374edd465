# SPDX-License-Identifier: GPL-2.0-or-later
"""142: scripts/check-source finds a planted fault, and documents name files that are there and
that `make dist` ships."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ("git", "clang-format", "cppcheck", "shellcheck", "clang")
HEAD = "/* SPDX-License-Identifier: GPL-2.0-or-later */\n"
SOUND = HEAD + "int planted(int value);\n\nint planted(int value)\n{\n    return value + 1;\n}\n"
BEYOND = HEAD + """int planted(void);

int planted(void)
{
    int table[4] = {1, 2, 3, 4};

    return table[4];
}
"""
TWICE = HEAD + """#include <stdlib.h>

void planted(void *room);

void planted(void *room)
{
    free(room);
    free(room);
}
"""
UNUSED = HEAD + """int planted(int value);

int planted(int value)
{
    int other = 2;

    return value;
}
"""


@pytest.fixture
def planted(env, tmp_path):
    """A tree with one source file. The function checks it: exit status and output."""
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing:
        pytest.skip("not installed: " + " ".join(missing) + " (scripts/install-packages check)")
    for name in ("common", "scripts"):
        (tmp_path / name).mkdir()
    shutil.copy(TOP / ".clang-format", tmp_path)
    for name in ("check-source", "cycles.py"):
        shutil.copy(TOP / "scripts" / name, tmp_path / "scripts")
    subprocess.run(["git", "init", "-q", tmp_path], check=True, timeout=30)

    def check(source, *options, suppressions=""):
        (tmp_path / "common/planted.c").write_text(source)
        (tmp_path / "scripts/check-source.suppressions").write_text(suppressions)
        subprocess.run(["git", "-C", tmp_path, "add", "-A"], check=True, timeout=30)
        done = subprocess.run([tmp_path / "scripts/check-source", *options], capture_output=True, text=True,
                              timeout=120, env={**os.environ, "EPOST_BUILD": str(env.build.resolve())})
        return done.returncode, done.stdout + done.stderr

    return check


def test_sound(planted):
    for options in ((), ("--compilers",)):
        assert planted(SOUND, *options) == (0, "\ncheck-source: 0 findings in 1 C files\n")


def test_pipe_that_ends_early(planted, tmp_path):
    """A ready service was taken for one that is not: grep -q had read enough, and the client died of SIGPIPE."""
    script = "#!/bin/bash\n# SPDX-License-Identifier: GPL-2.0-or-later\nset -eu -o pipefail\n"
    for line, status in (("date |" + " grep -q 20", 1), ('grep -q 20 <<<"$(date)"', 0)):
        (tmp_path / "scripts/planted").write_text(script + line + "\n")
        done = planted(SOUND)
        assert done[0] == status and ("scripts/planted:4" in done[1]) == bool(status), done[1]


def test_cppcheck(planted):
    code, said = planted(BEYOND)
    assert code == 1 and re.search(r"common/planted.c:8: .*\[arrayIndexOutOfBounds\]", said), said


def test_compilers(planted):
    code, said = planted(TWICE, "--compilers")
    assert code == 1 and re.search(r"common/planted.c:9: .*\[analyzer-double-free\]", said), said
    code, said = planted(UNUSED, "--compilers")
    assert code == 1 and "unused-variable" in said, said


def test_suppressions(planted):
    row = "common/planted.c arrayIndexOutOfBounds"
    assert planted(BEYOND, suppressions=row + " it is a test\n")[0] == 0
    code, said = planted(BEYOND, suppressions=row + "\n")
    assert code == 1 and "no reason for" in said, said
    code, said = planted(SOUND, suppressions=row + " it was a test\n")
    assert code == 1 and "not needed any more" in said, said


def named():
    """(document, path) of each file of the tree that a document names."""
    tops = "common|engine|inspect|scanner|kasp|operate|modules|updater|conf|doc|scripts|tests|debian"
    pattern = re.compile(r"`((?:%s)/[\w./+-]*\w)`|\]\(([\w./-]+?)(?:#[\w-]*)?\)" % tops)
    for document in [*TOP.glob("*.md"), *(TOP / "doc").rglob("*.md"), TOP / "README"]:
        for plain, link in pattern.findall(document.read_text()):
            path = plain or os.path.relpath(document.parent / link, TOP)
            if "NAME" not in path and "NNN" not in path:
                yield str(document.relative_to(TOP)), path


def shipped_names(env):
    """What `make dist` ships, as make has it."""
    rule = "include Makefile\nprint-files:\n\t@:$(info $(DISTFILES))\n"
    done = subprocess.run(["make", "-s", "-C", env.build, "-f", "-", "print-files"], input=rule, text=True,
                          capture_output=True, timeout=120, check=True)
    shipped = done.stdout.split()
    assert len(shipped) > 500
    return shipped


def test_what_dist_ships_is_there(env):
    """A name in a local.mk that is left over stops `make dist`, and nothing else."""
    sources = [name for name in shipped_names(env) if "/" in name and not name.startswith(("/", "build-aux/", "m4/"))]
    assert len(sources) > 400
    absent = [name for name in sources if not (TOP / name).exists() and not (env.build / name).exists()]
    assert not absent, absent


def test_named_files(env):
    shipped = set(shipped_names(env))
    pairs = sorted(set(named()))
    assert len(pairs) > 100
    # A program of ours is named without the ending of its source.
    pairs = [(document, path if (TOP / path).exists() else path + ".c") for document, path in pairs]
    absent = [pair for pair in pairs if not (TOP / pair[1]).exists()]
    assert not absent, absent

    def is_shipped(path):
        parents = [str(p) for p in pathlib.Path(path).parents]
        return path in shipped or any(p in shipped for p in parents) or \
            any(name.startswith(path + "/") for name in shipped)

    unshipped = [pair for pair in pairs if not is_shipped(pair[1]) and not pair[1].startswith("debian")]
    assert not unshipped, unshipped


PROMISE = re.compile(r"`((?:cases|unit)/[\w/]+\.(?:py|c))`(?: \(`(\w+)`\))?")


def test_promises_have_tests():
    """SECURITY.md: each promise names a test, and that test is there."""
    table = (TOP / "SECURITY.md").read_text(encoding="utf-8").split("| promise | test |")[1].split("\n\n")[0]
    rows = [row for row in table.splitlines()[2:] if row.strip()]
    assert len(rows) > 15
    for row in rows:
        named = PROMISE.findall(row)
        assert named, f"no test: {row}"
        for path, function in named:
            text = (TOP / "tests" / path).read_text(encoding="utf-8")
            begin = f"def {function}(" if path.endswith(".py") else f"cmocka_unit_test({function}"
            assert not function or begin in text or f"_teardown({function}," in text, f"{path} has no {function}"
