# SPDX-License-Identifier: GPL-2.0-or-later
"""hammer.py PORT CLIENTS COUNT STOP: clients that do not retry, in the network that this runs in.

Each sends pages and EICAR in turn, on a connection that it uses ten times. Ends when COUNT
exchanges have ended and the file STOP is there, and prints what came of them as JSON. After
each exchange the total goes into the file STOP with ".count" behind it.
"""

import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from lib import icap, samples  # noqa: E402
from lib.eicar import EICAR  # noqa: E402
from lib.load import Load  # noqa: E402


def main(port, clients, count, stop):
    jobs = [(lambda: icap.respmod(samples.unique(15000)), ("clean",)),
            (lambda: icap.respmod(samples.unique(900)), ("clean",)),
            (lambda: icap.respmod(EICAR), ("infected",))]
    begin = time.monotonic()
    with Load(port, jobs, clients=clients, timeout=60) as load:
        while load.total() < count or not stop.exists():
            pathlib.Path(f"{stop}.count").write_text(str(load.total()), encoding="ascii")
            time.sleep(0.05)
    times = sorted(float(line.split()[0]) for line in load.lost)
    print(json.dumps({"gap": times[-1] - times[0] if times else 0.0,  # first to last lost one
                      "total": load.total(), "outcomes": dict(load.outcomes),
                      "lost": load.lost[:20], "wrong": load.wrong[:20],
                      "slowest": load.slowest, "seconds": time.monotonic() - begin}))


main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), pathlib.Path(sys.argv[4]))
