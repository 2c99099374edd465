# SPDX-License-Identifier: GPL-2.0-or-later
"""Kills a program at each step that it takes on the disk, or lets the step fail: strace injects.

A step is a system call that changes something: the n-th rename, the n-th write … `steps` runs the
program once to find them, `kill` and `fail` run it again up to one of them.
"""
import collections
import functools
import re
import subprocess
import tempfile

CALLS = ("openat", "mkdir", "mkdirat", "rename", "renameat", "renameat2", "link", "linkat",
         "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "write", "pwrite64", "fsync",
         "fdatasync", "ftruncate", "fallocate", "flock", "utimensat", "copy_file_range", "sendfile")
LINE = re.compile(r"(\w+)\((.*)")
# They change nothing on the disk: files opened to be read, what goes to the terminal or a pipe.
HARMLESS = re.compile(r"openat\((?!.*(O_CREAT|O_WRONLY|O_RDWR|O_TMPFILE))|write\([12],")

Step = collections.namedtuple("Step", "call number text")


@functools.cache
def available():
    """True if strace is there and may trace."""
    try:
        return subprocess.run(["strace", "-o", "/dev/null", "-e", "trace=none", "true"],
                              capture_output=True, timeout=20, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _strace(argv, *options, env=None, timeout=60):
    return subprocess.run(["strace", *options, *map(str, argv)], capture_output=True, text=True,
                          timeout=timeout, check=False, env=env, stdin=subprocess.DEVNULL)


def steps(argv, env=None):
    """Runs the program undisturbed; the steps of its main process, and its result."""
    with tempfile.NamedTemporaryFile("r", prefix="epost-strace-") as log:
        result = _strace(argv, "-o", log.name, "-s", "120", "-e", f"trace={','.join(CALLS)}",
                         env=env)
        seen, found = collections.Counter(), []
        for line in log:
            match = LINE.match(line)
            if not match or match[1] not in CALLS:
                continue
            seen[match[1]] += 1
            if not HARMLESS.match(line):
                found.append(Step(match[1], seen[match[1]], line.strip()))
    return found, result


def kill(argv, step, env=None):
    """Runs the program and kills it (SIGKILL) in front of that step. True if it got there."""
    with tempfile.NamedTemporaryFile("r", prefix="epost-strace-") as log:
        _strace(argv, "-o", log.name, "-e", f"trace={step.call}",
                "-e", f"inject={step.call}:signal=SIGKILL:when={step.number}", env=env)
        return "+++ killed by SIGKILL +++" in log.read()


def fail(argv, step, error="ENOSPC", onwards=True, env=None):
    """Runs the program; that step and those of its kind behind it fail. Its result."""
    when = f"{step.number}{'+' if onwards else ''}"
    return _strace(argv, "-o", "/dev/null", "-e", f"trace={step.call}",
                   "-e", f"inject={step.call}:error={error}:when={when}", env=env)
