#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""refuse NAME[,NAME] COMMAND...: runs the command, and the kernel refuses it these system calls
with EPERM, as a container's seccomp filter does."""

import ctypes
import os
import struct
import sys

NUMBERS = {"x86_64": {"chroot": 161, "mount": 165, "unshare": 272, "seccomp": 317,
                      "landlock_create_ruleset": 444},
           "aarch64": {"chroot": 51, "mount": 40, "unshare": 97, "seccomp": 277,
                       "landlock_create_ruleset": 444}}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06  # of BPF: load a word, jump if equal, return
ALLOW, ERRNO, EPERM = 0x7FFF0000, 0x00050000, 1
PR_SET_SECCOMP, MODE_FILTER = 22, 2


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]


def refuse(names):
    """Needs CAP_SYS_ADMIN: without it the kernel wants no_new_privs, which setpriv's caller may not."""
    table = NUMBERS[os.uname().machine]
    steps = [(LOAD, 0, 0, 0)]  # the system call's number
    for name in names:
        steps += [(EQUAL, 0, 1, table[name]), (RETURN, 0, 0, ERRNO | EPERM)]
    steps.append((RETURN, 0, 0, ALLOW))
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)
    program = Program(len(steps), code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(program), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "cannot set a seccomp filter")


if __name__ == "__main__":
    refuse(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
