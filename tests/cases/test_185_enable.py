# SPDX-License-Identifier: GPL-2.0-or-later
"""185: epost-av-enable and epost-av-disable on configurations as administrators have them."""

import os
import subprocess

import pytest

from lib import slowness

HEAD = "PidFile /run/c-icap/c-icap.pid\nPort 1344\nService echo srv_echo.so\n"
LIMITS = "Timeout 60\nKeepAliveTimeout 30\nMaxServers 8\nThreadsPerChild 350\n"
OURS = "Service epost_av epost_av.so\nServiceAlias avscan epost_av\nServiceAlias virus_scan epost_av\n"


@pytest.fixture
def site(env, tmp_path):
    """site.conf(text) writes c-icap.conf; site.enable() and site.disable() run the commands."""
    class Site:
        path, ours = tmp_path / "c-icap.conf", tmp_path / "epost_av.conf"

        def conf(self, text):
            self.path.write_text(text, encoding="utf-8")
            self.ours.write_text(OURS, encoding="utf-8")
            return self

        def _run(self, name, *options):
            done = subprocess.run(["sh", env.build / "operate" / name, "--files-only", "--config",
                                   self.path, "--include", self.ours, *options],
                                  capture_output=True, text=True, timeout=slowness.scaled(30), check=False)
            assert done.returncode == 0, done.stderr
            return done

        def enable(self, *options):
            return self._run("epost-av-enable", *options)

        def disable(self, *options):
            return self._run("epost-av-disable", *options)

        def text(self):
            return self.path.read_text(encoding="utf-8")
    return Site()


@pytest.mark.parametrize("text", [HEAD, HEAD.rstrip("\n") + "\n# end\n", "\n\n" + HEAD + "\n"])
def test_in_twice_and_out_twice(site, text):
    site.conf(text)
    os.chmod(site.path, 0o640)
    site.enable()
    once = site.text()
    assert once.startswith(text) and once.endswith(f"Include {site.ours}\n")
    site.enable()
    assert site.text() == once
    assert site.path.stat().st_mode & 0o777 == 0o640
    site.disable()
    assert site.text() == text
    site.disable()
    assert site.text() == text
    assert site.path.stat().st_mode & 0o777 == 0o640
    assert len(list(site.path.parent.iterdir())) == 2


@pytest.mark.parametrize("name", ["epost-av-enable", "epost-av-disable"])
@pytest.mark.parametrize("options", [["--what"], ["--config"], ["--include"], ["stray"], ["--now", "stray"]])
def test_wrong_usage(env, name, options):
    """One line names what is wrong and where to read on; nothing is done."""
    done = subprocess.run(["sh", env.build / "operate" / name, *options], capture_output=True, text=True,
                          timeout=slowness.scaled(30), check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert options[-1] in done.stderr and done.stderr.endswith(f"; see {name} --help\n"), done.stderr


@pytest.mark.parametrize("name", ["epost-av-enable", "epost-av-disable"])
def test_no_configuration(env, tmp_path, name):
    done = subprocess.run(["sh", env.build / "operate" / name, "--config", tmp_path / "none"], capture_output=True,
                          text=True, timeout=slowness.scaled(30), check=False)
    assert done.returncode == 1
    assert "none does not exist: name the configuration of c-icap with --config" in done.stderr


def test_a_last_line_without_its_end(site):
    site.conf(HEAD.rstrip("\n")).enable()
    assert "srv_echo.so\n" in site.text()
    assert site.text().endswith(f"Include {site.ours}\n")


def test_an_include_that_an_administrator_wrote(site):
    site.conf(HEAD + f"Include {site.ours}\nService x srv_x.so\n").enable()
    assert site.text().count("Include") == 1
    site.disable()
    assert site.text() == HEAD + "Service x srv_x.so\n"


def test_a_comment_is_no_include(site):
    site.conf(HEAD + f"#Include {site.ours}\n").enable()
    assert site.text().endswith(f"\nInclude {site.ours}\n")


def test_a_link_stays_a_link(site, tmp_path):
    site.conf(HEAD)
    real = tmp_path / "real.conf"
    site.path.rename(real)
    site.path.symlink_to(real)
    site.enable()
    assert site.path.is_symlink() and "Include" in real.read_text(encoding="utf-8")


@pytest.mark.parametrize("line, name", [
    ("Service antivirus_module virus_scan.so", "virus_scan"),
    ("Service squidclamav squidclamav.so\nServiceAlias avscan squidclamav", "avscan"),
    ("ServiceAlias  virus_scan  squidclamav?x=y", "virus_scan")])
@pytest.mark.parametrize("included", [False, True])
def test_a_name_that_another_answers(site, tmp_path, line, name, included):
    if included:
        other = tmp_path / "virus_scan.conf"
        other.write_text("# other\n" + line + "\n", encoding="utf-8")
        site.conf(HEAD + f"Include {other.name}\n")
    else:
        other = site.path
        site.conf(HEAD + line + "\n")
    said = site.enable().stderr
    assert f'"{name}"' in said and str(other) in said
    number = next(i for i, text in enumerate(other.read_text(encoding="utf-8").splitlines(), 1)
                  if name in text)
    assert f"line {number}:" in said


def test_no_warning_without_reason(site):
    assert site.conf(HEAD + LIMITS + "#Service antivirus_module virus_scan.so\n").enable().stderr == ""


def test_no_configuration(env, tmp_path):
    done = subprocess.run(["sh", env.build / "operate/epost-av-enable", "--files-only", "--config",
                           tmp_path / "none"], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and str(tmp_path / "none") in done.stderr


def test_limits_of_c_icap_that_silent_connections_use_up(site):
    """It says so and what to set; with that set it says nothing."""
    said = site.conf(HEAD + "Timeout 300\nMaxServers 10\nThreadsPerChild 10\n").enable().stderr
    assert "100 silent connections stop c-icap, each of them for up to 300 s" in said
    said = site.conf(HEAD + LIMITS).enable().stderr
    assert "silent" not in said
