# SPDX-License-Identifier: GPL-2.0-or-later
"""Small bodies that keep a library busy for long."""

import struct


def empty_entries(count=65535):
    """A ZIP of so many empty entries: libclamav compares each with all others."""
    members, entries, offset = [], [], 0
    for i in range(count):
        name = b"%05d" % i
        members.append(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0)
                       + name)
        entries.append(struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0,
                                   len(name), 0, 0, 0, 0, 0, offset) + name)
        offset += len(members[-1])
    directory = b"".join(entries)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)
    return b"".join(members) + directory + end
