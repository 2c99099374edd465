# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF with an attached file, its filters and its encryption."""

import base64
import hashlib
import zlib

from Cryptodome.Cipher import AES, ARC4

PAD = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
IDENT = bytes(range(16))


def _runlength(data):
    out = b"".join(bytes([len(data[i:i + 128]) - 1]) + data[i:i + 128]
                   for i in range(0, len(data), 128))
    return out + b"\x80"


def _lzw(data):
    """Only literals, with a clear code before the table grows."""
    codes = []
    for i, byte in enumerate(data):
        if i % 200 == 0:
            codes.append(256)
        codes.append(byte)
    codes.append(257)
    bits = 0
    for code in codes:
        bits = bits << 9 | code
    spare = -9 * len(codes) % 8
    return (bits << spare).to_bytes((9 * len(codes) + spare) // 8, "big")


FILTERS = {
    "FlateDecode": zlib.compress,
    "ASCIIHexDecode": lambda d: d.hex().encode() + b">",
    "ASCII85Decode": lambda d: base64.a85encode(d) + b"~>",
    "LZWDecode": _lzw,
    "RunLengthDecode": _runlength,
}


def png_up(data, columns=4):
    """PNG's predictor "up": each byte less the one above it."""
    above, out = bytes(columns), b""
    for at in range(0, len(data), columns):
        row = data[at:at + columns]
        out += b"\2" + bytes((a - b) & 255 for a, b in zip(row, above))
        above = row
    return out


def png_paeth(data, columns=4):
    out = b""
    for at in range(0, len(data), columns):
        out += b"\4"
        for i in range(at, min(at + columns, len(data))):
            left = data[i - 1] if i > at else 0
            up = data[i - columns] if at else 0
            corner = data[i - columns - 1] if at and i > at else 0
            guess = min((left, up, corner), key=lambda v, p=left + up - corner: abs(p - v))
            out += bytes([(data[i] - guess) & 255])
    return out


def tiff(data, columns=4):
    """TIFF's predictor: each byte less the one to its left."""
    return bytes((b - (data[i - 1] if i % columns else 0)) & 255 for i, b in enumerate(data))


def _hash5(password, salt, user=b""):
    return hashlib.sha256(password + salt + user).digest()


def _hash6(password, salt, user=b""):
    """ISO 32000-2, algorithm 2.B."""
    key, count, last = _hash5(password, salt, user), 0, 0
    while count < 64 or last > count - 32:
        sealed = AES.new(key[:16], AES.MODE_CBC, key[16:32]).encrypt((password + key + user) * 64)
        key = (hashlib.sha256, hashlib.sha384, hashlib.sha512)[sum(sealed[:16]) % 3](sealed).digest()
        count, last = count + 1, sealed[-1]
    return key[:32]


class Lock:
    """Standard security handler. kind: "rc4-40", "rc4-128", "aes-128", "aes-256", "aes-256-r6"."""

    def __init__(self, kind, password=b""):
        self.kind = kind
        self.bits = {"rc4-40": 40, "rc4-128": 128, "aes-128": 128}.get(kind, 256)
        if self.bits == 256:
            self._setup256(password, *((6, _hash6) if kind == "aes-256-r6" else (5, _hash5)))
            return
        revision = {"rc4-40": 2, "rc4-128": 3, "aes-128": 4}[kind]
        size = self.bits // 8
        owner = hashlib.md5((b"owner" + PAD)[:32]).digest()
        for _ in range(50 if revision > 2 else 0):
            owner = hashlib.md5(owner[:size]).digest()
        value = (password + PAD)[:32]
        for i in range(20 if revision > 2 else 1):
            value = ARC4.new(bytes(b ^ i for b in owner[:size])).encrypt(value)
        self.owner = value
        digest = hashlib.md5((password + PAD)[:32] + value + b"\xfc\xff\xff\xff" + IDENT).digest()
        for _ in range(50 if revision > 2 else 0):
            digest = hashlib.md5(digest[:size]).digest()
        self.key = digest[:size]
        if revision == 2:
            user = ARC4.new(self.key).encrypt(PAD)
        else:
            user = hashlib.md5(PAD + IDENT).digest()
            for i in range(20):
                user = ARC4.new(bytes(b ^ i for b in self.key)).encrypt(user)
            user += bytes(16)
        version = {"rc4-40": 1, "rc4-128": 2, "aes-128": 4}[kind]
        more = b"/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV2/Length 16>>>>/StmF/StdCF/StrF/StdCF" \
            if version == 4 else b""
        self.dictionary = b"<</Filter/Standard/V %d/R %d/Length %d/P -4/O<%s>/U<%s>%s>>" % (
            version, revision, self.bits, self.owner.hex().encode(), user.hex().encode(), more)

    def _setup256(self, password, revision, digest):
        self.key = bytes(range(32))
        salt = b"validate" + b"keysalt!"
        user = digest(password, salt[:8]) + salt
        user_key = AES.new(digest(password, salt[8:]), AES.MODE_CBC, bytes(16)).encrypt(self.key)
        owner = digest(b"owner", salt[:8], user) + salt
        owner_key = AES.new(digest(b"owner", salt[8:], user), AES.MODE_CBC, bytes(16)).encrypt(self.key)
        perms = AES.new(self.key, AES.MODE_ECB).encrypt(b"\xfc\xff\xff\xff\xff\xff\xff\xffTadb1234")
        self.dictionary = (
            b"<</Filter/Standard/V 5/R %d/Length 256/P -4/O<%s>/U<%s>/OE<%s>/UE<%s>/Perms<%s>"
            b"/CF<</StdCF<</AuthEvent/DocOpen/CFM/AESV3/Length 32>>>>/StmF/StdCF/StrF/StdCF>>"
            % (revision, *(x.hex().encode() for x in (owner, user, owner_key, user_key, perms))))

    def seal(self, number, data):
        salt = b"sAlT" if self.kind == "aes-128" else b""
        key = self.key
        if self.bits != 256:
            key = hashlib.md5(key + number.to_bytes(3, "little") + b"\0\0" + salt).digest()
            key = key[:min(self.bits // 8 + 5, 16)]
        if self.kind.startswith("rc4"):
            return ARC4.new(key).encrypt(data)
        pad = 16 - len(data) % 16
        iv = bytes(range(16, 32))
        return iv + AES.new(key, AES.MODE_CBC, iv).encrypt(data + bytes([pad]) * pad)


def document(file, filters=(), *, lock=None, length=None, prefix=b"", packed_objects=False,
             broken_xref=False, params=b"", packing=None, extra=(), predict=None):
    """One page and one attachment. filters: in the order of decoding; predict is undone after them.
    packing: how the dictionary tells the filters, if not plainly; extra: more objects.
    packed_objects: the dictionaries that lead to the attachment are in an object stream."""
    data = predict(file.data) if predict else file.data
    for name in reversed(filters):
        data = FILTERS[name](data)
    if lock:
        data = lock.seal(6, data)
    names = b"".join(b"/" + f.encode() for f in filters)
    names = b"/Filter[%s]%s" % (names, params) if filters else b""
    names = names if packing is None else packing
    def title(number):
        text = file.name.encode()
        return b"<%s>" % lock.seal(number, text).hex().encode() if lock else b"(%s)" % text

    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 4 0 R>>>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        4: b"<</Names[%s 5 0 R]>>" % title(4),
        5: b"<</Type/Filespec/F %s/EF<</F 6 0 R>>>>" % title(5),
        6: b"<</Type/EmbeddedFile/Length %d%s>>stream\n" % (
            len(data) if length is None else length, names) + data + b"\nendstream",
    }
    objects.update(extra)
    if lock:
        objects[7] = lock.dictionary
    if packed_objects:
        return _with_object_stream(objects, prefix)
    out, offsets = prefix + b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    for number, content in objects.items():
        offsets[number] = len(out) - len(prefix)
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    xref = len(out) - len(prefix)
    if broken_xref:
        return out + b"startxref\n999999\n%%EOF\n"
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offsets[n] for n in sorted(objects))
    more = b"/Encrypt 7 0 R/ID[<%s><%s>]" % ((IDENT.hex().encode(),) * 2) if lock else b""
    return out + b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, more, xref)


def _with_object_stream(objects, prefix):
    """Objects 1-5 packed into object 7; the cross-reference is a stream too (object 8)."""
    inner, index = b"", []
    for number in range(1, 6):
        index.append(b"%d %d" % (number, len(inner)))
        inner += objects[number] + b" "
    index = b" ".join(index) + b" "
    packed = zlib.compress(index + inner)
    out, offsets = prefix + b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", {}
    bodies = {6: objects[6],
              7: b"<</Type/ObjStm/N 5/First %d/Length %d/Filter/FlateDecode>>stream\n" % (
                  len(index), len(packed)) + packed + b"\nendstream"}
    for number, content in bodies.items():
        offsets[number] = len(out) - len(prefix)
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    offsets[8] = len(out) - len(prefix)
    rows = b"\0" * 4 + b"".join(b"\2" + (7).to_bytes(2, "big") + bytes([i]) for i in range(5))
    rows += b"".join(b"\1" + offsets[n].to_bytes(2, "big") + b"\0" for n in (6, 7, 8))
    rows = zlib.compress(rows)
    out += b"8 0 obj\n<</Type/XRef/Size 9/W[1 2 1]/Root 1 0 R/Length %d/Filter/FlateDecode>>stream\n" \
        % len(rows) + rows + b"\nendstream\nendobj\n"
    return out + b"startxref\n%d\n%%%%EOF\n" % offsets[8]
