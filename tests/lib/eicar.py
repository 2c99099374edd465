# SPDX-License-Identifier: GPL-2.0-or-later
"""The EICAR test file, assembled, so that the repository itself trips no scanner."""

EICAR = b"".join([b"X5O!P%@AP[4\\PZX54(P^)", b"7CC)7}$EICAR-", b"STANDARD-ANTIVIRUS",
                  b"-TEST-", b"FILE!$H+H*"])
EICAR_NAME = "Eicar-Test-Signature"
TESTFILE_NAME = "ClamAV-Test-File"

assert len(EICAR) == 68
