# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m bypass DIR: writes every sample and manifest.json into a directory."""

import json
import os
import sys

from bypass.wrapping import samples


def main(directory):
    os.makedirs(directory, exist_ok=True)
    manifest = []
    for sample in samples():
        with open(os.path.join(directory, sample.name), "wb") as out:
            out.write(sample.body())
        http, expect = sample.http, sample.expect
        manifest.append({
            "name": sample.name, "family": sample.family, "opens": sample.opens,
            "verdict": expect.verdict, "reasons": list(expect.reasons), "part": expect.part,
            "threat": expect.threat if expect.verdict == "infected" else None,
            "type": http.kind, "encoding": http.encoding, "filename": http.filename,
            "directions": list(http.directions), "status": http.status, "headers": list(http.headers)})
    with open(os.path.join(directory, "manifest.json"), "w", encoding="utf-8") as out:
        json.dump(manifest, out, indent=1, ensure_ascii=False)
    print(f"{len(manifest)} samples in {directory}")


if len(sys.argv) != 2:
    sys.exit("usage: make-bypass-samples DIR")
main(sys.argv[1])
