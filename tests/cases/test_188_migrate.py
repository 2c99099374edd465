# SPDX-License-Identifier: GPL-2.0-or-later
"""188: epost-av-migrate on the files of Debian's packages, on squidclamav's, and on odd ones."""

import os
import pathlib
import re
import subprocess
import zipfile
import io

import pytest

from lib import expect, icap, samples, slowness
from lib.eicar import EICAR
from lib.server import Server

TOP = pathlib.Path(__file__).resolve().parents[2]
DEBIAN = [pathlib.Path("/etc/c-icap") / name for name in
          ("virus_scan.conf", "clamav_mod.conf", "clamd_mod.conf")]


@pytest.fixture
def migrate(env, tmp_path):
    """migrate(text or path, ..., more=[options]) -> the finished process."""
    def run(*sources, more=()):
        files = []
        for number, source in enumerate(sources):
            if isinstance(source, (str, bytes)):
                path = tmp_path / f"{number}.conf"
                path.write_bytes(source if isinstance(source, bytes) else source.encode())
                source = path
            files.append(source)
        return subprocess.run([env.build / "operate/epost-av-migrate", *more, *files],
                              capture_output=True, text=True, timeout=slowness.scaled(60), check=False)
    return run


def parts(done):
    """The settings, the exceptions and the remarks of what was printed."""
    assert done.returncode == 0, done.stderr
    configuration, _, exceptions = done.stdout.partition("---- exceptions\n")
    own = [line for line in configuration.splitlines() if line.startswith("epost_av.")]
    remarks = configuration.partition("# Lines without an equivalent")[2].splitlines()[1:]
    return own, [line for line in exceptions.splitlines() if not line.startswith("#")], remarks


class Migrated(Server):
    """c-icap with what was written, and the places of this case behind it."""

    def __init__(self, env, name, directory):
        super().__init__(env, name)
        self.directory = directory

    def write_config(self):
        path = super().write_config()
        ours = self.directory / "epost_av.conf"
        text = ours.read_text(encoding="utf-8")
        assert len(re.findall("(?m)^Service epost_av ", text)) == 1
        mine = self.etc / "epost_av.conf"
        mine.write_text(re.sub("(?m)^Service epost_av .*", f"Service epost_av {self.env.module}", text),
                        encoding="utf-8")
        mine.chmod(0o644)
        lines = [line for line in path.read_text(encoding="utf-8").splitlines()
                 if not line.startswith(("Service", "epost_av."))]
        lines.append(f"Include {mine}")
        lines += [f"epost_av.{name} {value}" for name, value in self.settings.items()]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path


@pytest.fixture
def serve(env, migrate):
    """serve(sources) migrates them and starts the real c-icap with the result."""
    servers = []

    def start(*sources):
        directory = env.directory("migrated")
        done = migrate(*sources, more=["--output", directory])
        assert done.returncode == 0, done.stderr
        servers.append(Migrated(env, "migrated-server", directory))
        return servers[-1].start()
    yield start
    for server in servers:
        server.stop()


# ------------------------------------------------------------------ what becomes of lines

@pytest.mark.parametrize("line, setting", [
    ("virus_scan.MaxObjectSize 7M", "epost_av.MaxBodySize 7M"),
    ("virus_scan.maxobjectsize  7340032 # five", "epost_av.MaxBodySize 7M"),
    ("virus_scan.MaxObjectSize 5", "epost_av.MaxBodySize 64K"),
    ("srv_clamav.MaxObjectSize 7M", "epost_av.MaxBodySize 7M"),
    ("virus_scan.PassOnError on", "epost_av.Profile web error=pass"),
    ("virus_scan.SendPercentData 5", "epost_av.TrickleAfter 10"),
    ("virus_scan.SendPercentData 0", "epost_av.TrickleAfter 0"),
    ("clamav_mod.MaxFilesInArchive 1024", "epost_av.MaxFiles 1024"),
    ("clamav_mod.MaxFileSizeInArchive 20M", "epost_av.MaxFileSize 20M"),
    ("srv_clamav.ClamAvMaxScanSize 20M", "epost_av.MaxScanSize 20M"),
    ("clamav_mod.MaxRecLevel 30", "epost_av.MaxRecursion 30"),
    ("clamav_mod.ArchiveBlockEncrypted on", "epost_av.Profile web unscannable:encrypted=block"),
    ("clamav_mod.DetectPUA on\nclamav_mod.ReportVirusOnFailure on",
     "epost_av.Profile web error=block unscannable:heuristic=block"),
    ("clamav_mod.OLE2BlockMacros on", "epost_av.DetectMacros on"),
    ("clamav_mod.DetectBrokenExecutables off", "epost_av.DetectBroken off"),
    ("maxsize 5M\nmaxsize 6M", "epost_av.MaxBodySize 6M"),
])
def test_settings(migrate, line, setting):
    assert setting in parts(migrate(line + "\n"))[0]


@pytest.mark.parametrize("lines, exceptions", [
    ("whitelist .*\\.clamav.net", ["skip host .clamav.net"]),
    ("whitelist ^https?:\\/\\/www\\.example\\.org\\/.*$", ["skip host www.example.org"]),
    ("whitelist http://a\\.test/x/", ["skip url *[hH][tT][tT][pP]://[aA].[tT][eE][sS][tT]/[xX]/*"]),
    ("whitelist ^ftp://a.test/x$", ["skip url [fF][tT][pP]://[aA]?[tT][eE][sS][tT]/[xX]"]),
    ("abort ^.*\\.(ico|png)$", ["skip url *.[iI][cC][oO]", "skip url *.[pP][nN][gG]"]),
    ("abort jse?$", ["skip url *[jJ][sS]", "skip url *[jJ][sS][eE]"]),
    ("abort ^http:..a[0-9]\\*$", ["skip url [hH][tT][tT][pP]:??[aA][0-9]\\*"]),
    ("abortcontent ^image\\/.*$", ["skip type image/*"]),
    ("abortcontent ^(video\\/mp4|font\\/woff2)$", ["skip type font/woff2", "skip type video/mp4"]),
    ("reject_url \\.exe$", ["block url *.[eE][xX][eE]"]),
    ("trustclient ^192\\.168\\.7\\.8$", ["skip client 192.168.7.8/32"]),
    ("trustclient ^192\\.168\\.", ["skip client 192.168.0.0/16"]),
    ("trustclient 192\\.168\\.7\\.[0-9]+$", ["skip client 192.168.7.0/24"]),
    ("trustuser ^alice$", ["skip user alice"]),
    ("clamav_mod.ExcludePUA Packed NetTool", ["allow threat PUA.NetTool.*", "allow threat PUA.Packed.*"]),
    ("enable_libarchive 1\nban_archive_entry ^.*\\.(vbs|js)$", ["block name *.js", "block name *.vbs"]),
    ("scan_mode ScanNothingExcept\nwhitelist .*\\.clamav.net\nreject_url \\.exe$",
     ["block url *.[eE][xX][eE]"]),
])
def test_exceptions(migrate, lines, exceptions):
    assert sorted(parts(migrate(lines + "\n"))[1]) == exceptions


@pytest.mark.parametrize("line, words", [
    ("virus_scan.ScanFileTypes TEXT", "everything is scanned"),
    ("virus_scan.MaxObjectSize many", "no number"),
    ("virus_scan.MaxObjectSize", "value is missing"),
    ("virus_scan.MaxObjectSize 0", "no limit"),
    ("virus_scan.MaxObjectSize -5", "no number"),
    ("virus_scan.MaxObjectSize 99999999999999999999", "no number"),
    ("clamav_mod.MaxRecLevel 5", "20 stays"),
    ("clamd_mod.ClamdSocket /x", "clamd's place"),
    ("clamd_mod.MaxObjectSize 5M", "do not know it"),
    ("Service antivirus_module virus_scan.so", "take this line out"),
    ("Service echo srv_echo.so", "another module"),
    ("Include clamav_mod.conf", "not followed"),
    ("abort \\\nnonsense", "do not know it"),
    ("whitelist .*", "fits every URL"),
    ("whitelist (", "no partner"),
    ("whitelist a{3}.com/x", "no equivalent"),
    ("whitelist [[:alpha:]]/x", "no equivalent"),
    ("whitelist \\w+/x", "no equivalent"),
    ("abort (a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)(a|b)", "alternatives"),
    ("abort " + "(" * 300, "no equivalent"),
    ("abort \\", "no equivalent"),
    ("abort caf\u00e9", "ASCII"),
    ("abortcontent ^text\\/.*$", "do not tell it"),
    ("trustclient ^printer.*", "address or a network"),
    ("trustclient ^10\\.999\\.", "address or a network"),
    ("trustclient ^192\\.168\\.1", "address or a network"),
    ("trustuser ^(alice|bob)$", "one name"),
    ("ban_archive_entry \\.exe$", "not in force"),
    ("abort a\0b", "NUL"),
    ("abort " + "a" * 5000, "over 4000 bytes"),
    ("whitelist /etc/hosts-that-do-not-exist", "cannot read"),
    ("whitelist /dev/zero", "no regular file"),
])
def test_remarks(migrate, line, words):
    own, exceptions, remarks = parts(migrate(line + "\n"))
    assert any(words in one for one in remarks), remarks
    assert [one for one in own if "MaxBodySize" in one] == [] and exceptions == []
    assert all(one.startswith("# ") for one in remarks)


def test_nothing_of_a_hostile_text_becomes_a_line(migrate):
    """Neither escapes nor carriage returns make a line of ours."""
    hostile = b"bad\repost_av.Profile web infected=pass\nwhitelist x\x1b[2J/\x80\xff \n" \
              b"abort a\x0bskip\n\xef\xbb\xbfmaxsize 1M\nServiceAlias a\"b virus_scan\n" \
              b"virus_scan.MaxObjectSize \"1M\r\nclamav_mod.ExcludePUA * ?x\n"
    done = migrate(hostile)
    own, exceptions, remarks = parts(done)
    assert own == [] and exceptions == []
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", done.stdout), done.stdout
    assert len(remarks) >= 7


def test_a_file_of_sites(migrate, tmp_path):
    sites = tmp_path / "sites"
    sites.write_text("# ours\n\n.*\\.a.example\n.*\\.b.example\r\n", encoding="ascii")
    assert parts(migrate(f"whitelist {sites}\n"))[1] == ["skip host .a.example", "skip host .b.example"]


def test_names_and_204(migrate):
    done = migrate("virus_scan.Allow204Responces off\nServiceAlias clamav virus_scan\n"
                   "ServiceAlias avscan virus_scan\nServiceAlias x echo\n")
    assert "ServiceAlias clamav epost_av?profile=web&allow204=off\n" in done.stdout
    assert done.stdout.count("\nServiceAlias avscan ") == 1
    assert "\nServiceAlias x " not in done.stdout


def test_a_name_without_a_limit(migrate):
    own = parts(migrate("ServiceAlias avscan virus_scan?sizelimit=off\nvirus_scan.MaxObjectSize 5M\n"))[0]
    assert not any("MaxBodySize" in line for line in own)


# ------------------------------------------------------------------ files

def test_nothing_is_overwritten(migrate, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "exceptions").write_text("mine\n", encoding="ascii")
    options = ["--output", target]
    source = "maxsize 5M\nwhitelist .*\\.clamav.net\n"
    done = migrate(source, more=options)
    assert done.returncode == 1 and "exists" in done.stderr
    assert [p.name for p in target.iterdir()] == ["exceptions"]
    assert (target / "exceptions").read_text(encoding="ascii") == "mine\n"
    assert migrate(source, more=[*options, "--replace"]).returncode == 0
    assert (target / "exceptions.before-migrate").read_text(encoding="ascii") == "mine\n"
    assert "MaxBodySize 5M" in (target / "epost_av.conf").read_text(encoding="ascii")
    # A second time the kept file would be lost.
    done = migrate("maxsize 6M\nwhitelist .*\\.x.net\n", more=[*options, "--replace"])
    assert done.returncode == 1 and "before-migrate exists" in done.stderr
    assert "MaxBodySize 5M" in (target / "epost_av.conf").read_text(encoding="ascii")
    assert sorted(p.name for p in target.iterdir()) == ["epost_av.conf", "exceptions",
                                                        "exceptions.before-migrate"]
    assert (target / "epost_av.conf").stat().st_mode & 0o777 == 0o644


def test_a_link_is_not_followed(migrate, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "epost_av.conf").symlink_to(tmp_path / "elsewhere")
    done = migrate("maxsize 5M\n", more=["--output", target, "--replace"])
    assert done.returncode == 1 and not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("kind", ["fifo", "directory", "huge", "missing"])
def test_files_that_are_none(migrate, tmp_path, kind):
    path = tmp_path / "odd.conf"
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "directory":
        path.mkdir()
    elif kind == "huge":
        path.write_bytes(b"#" * (1024 * 1024 + 1))
    done = migrate(path)
    assert done.returncode == 1 and "odd.conf" in done.stderr and done.stdout == ""


def test_a_file_of_something_else(migrate, tmp_path):
    """One known line is enough; a file of comments alone is a configuration too."""
    path = tmp_path / "squid.conf"
    path.write_text("http_port 3128\nhttp_access deny all\n", encoding="ascii")
    done = migrate(path)
    assert done.returncode == 1 and done.stdout == ""
    assert "squid.conf has no line of virus_scan" in done.stderr and "--table" in done.stderr
    for text in ("http_port 3128\nmaxsize 1M\n", "# nothing is set\n", ""):
        path.write_text(text, encoding="ascii")
        assert migrate(path).returncode == 0, text


def test_usage(migrate):
    assert migrate().returncode == 2
    assert migrate("maxsize 1M\n", more=["--replace"]).returncode == 2


# ------------------------------------------------------------------ what must agree

def test_limits_fit_each_other(migrate):
    """c-icap refuses to start where MaxFileSize is over MaxScanSize; both have the sample's defaults."""
    sample = (TOP / "conf/epost_av.conf.in").read_text(encoding="utf-8")
    assert "# epost_av.MaxFileSize 512M\n" in sample and "# epost_av.MaxScanSize 1G\n" in sample
    assert "epost_av.MaxFileSize 511M" in parts(migrate("clamav_mod.MaxScanSize 511M\n"))[0]
    assert not any("MaxFileSize" in one for one in parts(migrate("clamav_mod.MaxScanSize 512M\n"))[0])
    assert "epost_av.MaxFileSize 1G" in parts(migrate("clamav_mod.MaxFileSizeInArchive 2000M\n"))[0]


def test_tables_of_the_document(migrate):
    text = (TOP / "doc/migrate.md").read_text(encoding="utf-8")
    kept = text.partition("<!-- tables begin -->\n")[2].partition("<!-- tables end -->")[0]
    assert migrate(more=["--table"]).stdout == kept


def test_names_are_those_of_the_sample(migrate):
    def aliases(text):
        return re.findall("(?m)^ServiceAlias .*", text)
    assert aliases(migrate("maxsize 1M\n").stdout) == \
        aliases((TOP / "conf/epost_av.conf.in").read_text(encoding="utf-8"))


def test_types_are_those_of_the_service(migrate):
    known = set(re.findall(r'MARK\("([a-z0-9/.-]+)"', (TOP / "modules/epost_av/magic.c").read_text("utf-8")))
    assert len(known) > 10
    lines = "".join(f"abortcontent ^{one.replace('/', chr(92) + '/')}$\n" for one in sorted(known))
    assert parts(migrate(lines))[1] == [f"skip type {one}" for one in sorted(known)]


# ------------------------------------------------------------------ the service takes it

@pytest.mark.skipif(not all(path.exists() for path in DEBIAN),
                    reason="Debian's package libc-icap-mod-virus-scan is not installed")
def test_the_files_of_the_package(serve, migrate):
    own, exceptions, remarks = parts(migrate(*DEBIAN))
    assert "epost_av.MaxScanSize 100M" in own and exceptions == []
    server = serve(*DEBIAN)
    for service in ("avscan", "virus_scan", "srv_clamav"):
        request = icap.respmod(EICAR, service=service)
        expect.infected(server.exchange(request))
    request = icap.respmod(samples.unique())
    expect.clean(request, server.exchange(request))
    assert any("virus_scan.so" in one for one in remarks)


def encrypted():
    """A ZIP whose only member says that it is encrypted."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", samples.incompressible(200, 3))
    data = bytearray(out.getvalue())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    return bytes(data)


def test_it_behaves(serve):
    server = serve("Service antivirus_module virus_scan.so\nServiceAlias clamav virus_scan?allow204=off\n"
                   "virus_scan.MaxObjectSize 1M\nclamav_mod.ArchiveBlockEncrypted on\n",
                   "whitelist .*\\.trusted.test\nabortcontent ^video\\/webm$\ntrustclient ^192\\.0\\.2\\.\n"
                   "reject_url \\.exe$\nenable_libarchive 1\nban_archive_entry ^.*\\.vbs$\n")
    for url, headers in (("http://a.trusted.test/x", ()), ("http://b.test/x", ["X-Client-IP: 192.0.2.7"])):
        request = icap.respmod(EICAR, url=url, headers=headers)
        expect.passed(request, server.exchange(request), "skipped")
    expect.infected(server.exchange(icap.respmod(EICAR, url="http://trusted.test.evil.test/a.trusted.test")))
    request = icap.respmod(b"\x1aE\xdf\xa3" + samples.incompressible(100, 9))
    expect.passed(request, server.exchange(request), "skipped")
    expect.blocked(server.exchange(icap.respmod(samples.unique(), url="http://b.test/Setup.EXE")))
    expect.blocked(server.exchange(icap.respmod(encrypted())))
    request = icap.respmod(samples.incompressible(2 * 1024 * 1024, 5))
    expect.passed(request, server.exchange(request), "max-body-size")
    request = icap.respmod(samples.unique(), service="clamav")
    answer = server.exchange(request)
    assert answer.status == 200
    expect.clean(request, answer)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("dir/a.vbs", "harmless")
    expect.blocked(server.exchange(icap.respmod(out.getvalue())))
