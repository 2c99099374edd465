# SPDX-License-Identifier: GPL-2.0-or-later
"""Keys, signature directories and mirror directories, made with the real epost-mkmirror and minisign."""
import hashlib
import os
import pathlib
import shutil
import subprocess

from lib import eicar, env as environment, procs

EICAR_LINE = f"{hashlib.md5(eicar.EICAR).hexdigest()}:{len(eicar.EICAR)}:{eicar.EICAR_NAME}\n"


def tool(name):
    """A program of ours in the build directory."""
    build = pathlib.Path(os.environ.get("EPOST_BUILD", environment.TOP / "_build")).resolve()
    return build / name


def listing(data, name):
    """A line for a .hsb file that lists these bytes as NAME."""
    return f"{hashlib.sha256(data).hexdigest()}:{len(data)}:{name}:73\n"


def clock(at):
    """Words in front of a command that fake its clock: "+4d", "-2h"; None leaves it."""
    options = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
    return ["env", f"ASAN_OPTIONS={options}", "faketime", "-f", at] if at else []


def minisign(*args, **more):
    return procs.run("minisign", *args, stdin=subprocess.DEVNULL, **more)


class Key:
    """A key pair in `directory`, made by minisign or by our own tool."""

    def __init__(self, directory, name="mirror", ours=False):
        self.secret, self.public = (pathlib.Path(directory) / f"{name}.{e}" for e in ("key", "pub"))
        if ours:
            made = procs.run(tool("epost-mkmirror"), "--keygen", "--quiet", "--key", self.secret,
                             "--public-key", self.public)
        else:
            made = minisign("-G", "-W", "-f", "-p", self.public, "-s", self.secret)
        assert made.returncode == 0, made.stderr

    @property
    def text(self):
        return self.public.read_text(encoding="ascii").splitlines()[1]


class Mirror:
    """A mirror directory and the directory of signature files that it is made from."""

    def __init__(self, root, key=None, name="mirror", eicar_too=True):
        self.root = pathlib.Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.source, self.directory = self.root / f"{name}.source", self.root / name
        self.source.mkdir()
        self.key = key or Key(self.root, name)
        self.sets = []  # every set that was published: {name: bytes}
        if eicar_too:
            self.put("eicar.hdb", EICAR_LINE)

    def put(self, name, content):
        """Writes a source file (None deletes it)."""
        if content is None:
            (self.source / name).unlink()
        elif isinstance(content, bytes):
            (self.source / name).write_bytes(content)
        else:
            (self.source / name).write_text(content, encoding="utf-8")

    def command(self, *options, at=None):
        """The command line of a refresh, at another time."""
        return [*clock(at), tool("epost-mkmirror"), "--key", self.key.secret, *options, self.source,
                self.directory]

    def refresh(self, *options, at=None):
        result = procs.run(*self.command(*options, at=at))
        assert result.returncode == 0, result.stderr
        self.sets.append({p.name: p.read_bytes() for p in self.source.iterdir() if p.is_file()})
        return result.stdout

    def verify(self, at=None, key=None):
        return procs.run(*clock(at), tool("epost-mkmirror"), "--verify", "--public-key",
                         (key or self.key).public, self.directory)

    def index(self):
        return (self.directory / "index.xml").read_bytes()

    @property
    def serial(self):
        return int(self.index().split(b'serial="')[1].split(b'"')[0])

    def object_of(self, name):
        """The object that holds the source file now."""
        digest = hashlib.sha256((self.source / name).read_bytes()).hexdigest()
        return self.directory / "objects" / digest[:2] / digest

    def copy(self, name):
        """The mirror directory as it is now, as another directory."""
        target = self.root / name
        shutil.copytree(self.directory, target)
        return target

    def claim(self, index=None):
        """The trusted comment that goes with an index."""
        head = (index or self.index()).decode("utf-8").split("<bases")[1].split(">")[0]
        fields = dict(part.split("=") for part in head.replace('"', "").split() if "=" in part)
        return (f"serial:{fields['serial']} created:{fields['created']} "
                f"expires:{fields['expires']} file:index.xml")

    def sign(self, index, comment=None, key=None, directory=None):
        """Publishes any bytes as the index, truly signed: what no honest tool would make."""
        path = (directory or self.directory) / "index.xml"
        path.write_bytes(index)
        result = minisign("-S", "-s", (key or self.key).secret, "-m", path, "-x",
                          f"{path}.minisig", "-t", comment or self.claim())
        assert result.returncode == 0, result.stderr
