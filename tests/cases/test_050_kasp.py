# SPDX-License-Identifier: GPL-2.0-or-later
"""kasp: the transcript of the original, its exit status, JSON, and what it says when it cannot."""

import json
import os
import shutil

import pytest

from lib import procs, samples, slowness
from lib.eicar import EICAR, EICAR_NAME, TESTFILE_NAME


def kasp(server, *arguments, socket=True, **more):
    command = [server.env.kasp] + (["--socket", server.socket] if socket else []) + list(arguments)
    environ = dict(server.env.environ(), **more.pop("environ", {}))
    return procs.run(*server.env.as_user(*command), env=environ, **more)


@pytest.fixture
def place(env):
    directory = env.directory("kasp")
    yield directory
    shutil.rmtree(directory)


def put(place, name, data):
    path = place / name
    path.write_bytes(data)
    path.chmod(0o644)
    return path


def test_clean_transcript(server, place):
    put(place, "arj.ppl", samples.unique())
    done = kasp(server, "arj.ppl", cwd=place)
    assert done.stdout == ("[arj] argv[1] = arj.ppl\n[arj] Source = arj.ppl\n"
                           "[arj] Start Virus scan.\n[arj] End Virus scan.(arj.ppl, )\n"
                           "[arj] nResult = 1 ()\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_infected_transcript(server, place):
    put(place, "eicar.com", EICAR)
    done = kasp(server, "eicar.com", cwd=place)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[:3] == ["[eicar] argv[1] = eicar.com", "[eicar] Source = eicar.com",
                         "[eicar] Start Virus scan."]
    assert lines[3].startswith("[eicar] End Virus scan.(eicar.com, " + EICAR_NAME)
    assert lines[4].startswith("[eicar] nResult = ") and lines[4].endswith(")")
    assert "nResult = 1 (" not in lines[4] and EICAR_NAME in lines[4]
    assert len(lines) == 5


def faults(server):
    """Page faults of all its processes so far: each page of a body that is read costs one, or 16 pages do."""
    total = 0
    for pid, _, _ in server.family():
        try:
            with open(f"/proc/{pid}/stat", encoding="latin-1") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except FileNotFoundError:
            continue
        total += int(fields[7]) + int(fields[9])
    return total


def test_a_file_over_the_limit_is_refused_unread(server, place):
    """3 GB would be 49,152 faults at least."""
    path = put(place, "image.iso", b"")
    os.truncate(path, 3 << 30)
    kasp(server, put(place, "small", samples.unique()))
    before = faults(server)
    done = kasp(server, "--json", path)
    reply = json.loads(done.stdout.splitlines()[0])
    assert (done.returncode, reply["verdict"], reply["reason"]) == (2, "unscannable", "max-file-size"), done
    assert reply["size"] == 3 << 30 and reply["scanned"] == 0
    assert faults(server) - before < 30000


def test_all_test_files(server):
    for path in samples.testfiles():
        done = kasp(server, path)
        assert done.returncode == 1 and TESTFILE_NAME in done.stdout, (path, done)


def test_large_file_and_empty_file(server, place):
    put(place, "large", samples.incompressible(20 << 20))
    put(place, "empty", b"")
    assert kasp(server, place / "large").returncode == 0
    assert kasp(server, place / "empty").returncode == 0


def test_several_files_worst_status_wins(server, place):
    clean, bad = put(place, "a.txt", samples.unique()), put(place, "b.com", EICAR)
    done = kasp(server, clean, bad)
    assert done.returncode == 1
    assert done.stdout.count("Start Virus scan.") == 2
    assert kasp(server, clean, place / "missing").returncode == 2
    assert kasp(server, clean, clean).returncode == 0


def test_stdin(server):
    import subprocess
    command = server.env.as_user(server.env.kasp, "--socket", server.socket, "-")
    for data, status in ((EICAR, 1), (samples.unique(), 0), (samples.incompressible(300000), 0)):
        done = subprocess.run([str(c) for c in command], input=data, capture_output=True,
                              timeout=slowness.scaled(60), check=False, env=server.env.environ())
        assert done.returncode == status, done


def test_quiet(server, place):
    put(place, "a.txt", samples.unique())
    put(place, "b.com", EICAR)
    done = kasp(server, "-q", place / "a.txt")
    assert (done.stdout, done.returncode) == ("", 0)
    done = kasp(server, "-q", place / "b.com")
    assert done.returncode == 1 and "Start Virus scan" not in done.stdout


def test_json(server, place):
    put(place, "a.txt", samples.unique())
    put(place, "b\"\\\u00e9.com", EICAR)
    done = kasp(server, "--json", place / "a.txt", place / "b\"\\\u00e9.com")
    assert done.returncode == 1
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if len(rows) == 1 and isinstance(rows[0], list):
        rows = rows[0]
    assert [r["verdict"] for r in rows] == ["clean", "infected"]
    assert rows[1]["threat"].startswith(EICAR_NAME)
    assert rows[1]["reason"] == "signature" and "b\"\\\u00e9.com" in json.dumps(rows[1],
                                                                                ensure_ascii=False).replace("\\\"", "\"").replace("\\\\", "\\")


def test_socket_from_the_environment(server, place):
    put(place, "b.com", EICAR)
    done = kasp(server, place / "b.com", socket=False,
                environ={"EPOST_AV_SOCKET": str(server.socket)})
    assert done.returncode == 1


def one_clear_line(done):
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("kasp: ")


def test_no_scanner(server, place):
    put(place, "a.txt", b"x")
    done = kasp(server, "--socket", place / "nothing.sock", place / "a.txt", socket=False)
    one_clear_line(done)
    assert "nothing.sock" in done.stderr and "start" in done.stderr


def test_no_access(server, place):
    """The original's "pipe error without administrator rights", with words that help."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become somebody else")
    put(place, "a.txt", b"x")
    done = procs.run("setpriv", "--reuid=12345", "--regid=12345", "--clear-groups",
                     *(["env", f"LD_PRELOAD={server.env.preload}"] if server.env.preload else []),
                     server.env.kasp, "--socket", server.socket, place / "a.txt",
                     env=server.env.environ())
    one_clear_line(done)
    assert "group" in done.stderr or "permission" in done.stderr.lower()


def test_missing_and_unreadable_files(server, place):
    done = kasp(server, place / "missing.txt")
    assert done.returncode == 2 and "missing.txt" in done.stderr
    path = put(place, "closed.txt", b"x")
    path.chmod(0)
    if os.geteuid() == 0:
        done = kasp(server, path)
        assert done.returncode == 2 and "closed.txt" in done.stderr
    done = kasp(server, place)
    assert done.returncode == 2


def test_usage(server):
    done = kasp(server)
    assert done.returncode == 2 and "--help" in done.stderr
    done = kasp(server, "--frobnicate", "x")
    assert done.returncode == 2
    assert kasp(server, "--help").returncode == 0


def test_odd_names(server, place):
    for name in ("-dash.txt", "two words.txt", "new\nline.txt", "\u898b\u7a4d.txt", "a.b.c"):
        put(place, name, samples.unique())
        done = kasp(server, f"./{name}", cwd=place)
        assert done.returncode == 0, (name, done)
        assert len(done.stdout.splitlines()) == 5, done.stdout


def test_a_directory(server, place):
    """Sorted, without links and other kinds of files, with totals on standard error."""
    deep = place / "tree" / "b" / "c"
    deep.mkdir(parents=True)
    put(place / "tree", "z.txt", samples.unique())
    put(deep, "eicar.com", EICAR)
    put(place / "tree", "a.txt", b"")
    (place / "tree" / "link").symlink_to(deep / "eicar.com")
    os.mkfifo(place / "tree" / "pipe")
    for path in (place / "tree", place / "tree" / "b", deep):
        path.chmod(0o755)
    done = kasp(server, "-r", place / "tree")
    sources = [line.split(" = ")[1] for line in done.stdout.splitlines() if "] Source = " in line]
    assert sources == [str(place / "tree" / n) for n in ("a.txt", "b/c/eicar.com", "z.txt")]
    assert done.returncode == 1
    assert done.stderr.startswith("kasp: 3 files, ") and done.stderr.endswith(
        ": 2 clean, 1 infected, 0 unscannable, 0 errors\n"), done.stderr
    done = kasp(server, place / "tree")
    assert done.returncode == 2 and "use -r" in done.stderr
    assert kasp(server, "-q", "-r", place / "tree").stderr == ""


def test_a_directory_that_cannot_be_read(server, place):
    closed = place / "tree" / "closed"
    closed.mkdir(parents=True)
    closed.chmod(0o000)
    put(place / "tree", "a.txt", samples.unique())
    done = kasp(server, "-r", "-j", place / "tree")
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [f["verdict"] for f in found] == ["clean", "error"]
    assert "closed" in found[1]["detail"] and done.returncode == 2
    closed.chmod(0o755)


def test_clamscan_format(server, place):
    clean, bad = put(place, "a.txt", samples.unique()), put(place, "b.com", EICAR)
    locked = next(p for p in samples.testfiles() if p.name == "clam.impl.zip")
    done = kasp(server, "--format", "clamscan", clean, bad, place / "missing")
    lines = done.stdout.splitlines()
    assert lines[0] == f"{clean}: OK"
    assert lines[1].startswith(f"{bad}: {EICAR_NAME}") and lines[1].endswith(" FOUND")
    assert lines[2] == f"{place / 'missing'}: io ERROR"
    assert "----------- SCAN SUMMARY -----------" in lines
    assert {"Scanned files: 3", "Infected files: 1", "Total errors: 1"} <= set(lines)
    assert done.returncode == 1
    assert kasp(server, "--format", "json", locked).stdout.startswith("{")
    wrong = kasp(server, "--format", "xml", clean)
    assert wrong.returncode == 2 and "transcript, json or clamscan" in wrong.stderr


def test_json_has_errors_too(server, place):
    done = kasp(server, "-j", place / "missing")
    told = json.loads(done.stdout)
    assert (told["verdict"], told["reason"]) == ("error", "io")
    assert "missing" in told["detail"] and "No such file" in told["detail"]
