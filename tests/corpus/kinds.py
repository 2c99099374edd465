# SPDX-License-Identifier: GPL-2.0-or-later
"""Kinds of files: which endings belong to a kind, how many of it are taken, from how many a package."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """most: files of the kind. share: files of it that one package may give."""
    name: str
    endings: tuple
    media: str
    most: int = 250
    share: int = 60


KINDS = (
    Kind("office-open-xml", (".docx", ".dotx", ".docm", ".xlsx", ".xlsm", ".xltx", ".pptx", ".potx"),
         "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    Kind("opendocument", (".odt", ".ods", ".odp", ".odg", ".odf", ".ott", ".otp", ".ots", ".otg", ".oxt", ".bau"),
         "application/vnd.oasis.opendocument.text"),
    Kind("office-binary", (".doc", ".xls", ".ppt", ".dot", ".msg", ".rtf", ".vsd"), "application/msword"),
    Kind("pdf", (".pdf",), "application/pdf", 400, 200),
    Kind("postscript", (".ps", ".eps", ".pfb", ".dvi"), "application/postscript"),
    Kind("ebook-help", (".epub", ".chm", ".mobi"), "application/epub+zip"),
    Kind("java-archive", (".jar", ".war"), "application/java-archive", 250, 12),
    Kind("java-class", (".class",), "application/java"),
    Kind("zip", (".zip", ".whl", ".xpi", ".npz", ".egg", ".apk", ".vsix"), "application/zip"),
    Kind("compressed", (".gz", ".bz2", ".xz", ".zst", ".lzma", ".lz4", ".br", ".svgz", ".elz"), "application/gzip",
         400, 40),
    Kind("tar", (".tar", ".tgz", ".txz"), "application/x-tar"),
    Kind("debian-package", (".deb", ".udeb"), "application/vnd.debian.binary-package"),
    Kind("disk-image", (".iso", ".img", ".vhd", ".qcow2", ".efi"), "application/octet-stream"),
    Kind("program-linux", (".so", ".o", ".a", ".node", ".ko"), "application/x-executable", 300, 60),
    Kind("program-windows", (".dll", ".exe", ".sys", ".drv", ".ocx", ".cpl", ".msi", ".acm"),
         "application/vnd.microsoft.portable-executable", 300, 300),
    Kind("webassembly", (".wasm",), "application/wasm"),
    Kind("html", (".html", ".htm", ".xhtml"), "text/html", 400, 80),
    Kind("script", (".js", ".mjs", ".cjs", ".ts", ".map"), "text/javascript", 400, 60),
    Kind("style", (".css", ".scss", ".less"), "text/css"),
    Kind("svg", (".svg",), "image/svg+xml"),
    Kind("png", (".png", ".ico", ".cur"), "image/png", 300),
    Kind("jpeg", (".jpg", ".jpeg"), "image/jpeg"),
    Kind("image-other", (".gif", ".bmp", ".tif", ".tiff", ".webp", ".xpm", ".ppm", ".pgm", ".tga", ".jp2", ".avif",
                         ".heic", ".psd", ".icns", ".djvu", ".jxl"), "image/gif"),
    Kind("font", (".ttf", ".otf", ".woff", ".woff2", ".ttc", ".eot", ".tfm", ".afm", ".pcf"), "font/woff2"),
    Kind("sound", (".wav", ".ogg", ".oga", ".mp3", ".flac", ".mid", ".aiff", ".au", ".m4a", ".aac"), "audio/ogg"),
    Kind("video", (".mp4", ".mkv", ".webm", ".avi", ".mpg", ".flv", ".mov", ".3gp"), "video/mp4"),
    Kind("data-science", (".npy", ".mat", ".fits", ".h5", ".hdf5", ".nc", ".sav", ".pkl", ".nii", ".hdr",
                          ".arff", ".vot", ".tbl", ".ecsv", ".parquet"), "application/octet-stream"),
    Kind("database", (".db", ".sqlite", ".sqlite3", ".mdb", ".dat", ".mo", ".gmo", ".idx", ".bin"),
         "application/octet-stream"),
    Kind("python", (".py", ".pyc", ".pyi"), "text/x-python", 300, 30),
    Kind("source", (".c", ".h", ".cpp", ".java", ".go", ".pl", ".pm", ".php", ".rb", ".el", ".elc", ".sh", ".lua",
                    ".tcl", ".r", ".f", ".nse", ".pod", ".tex", ".sty"), "text/plain", 400, 40),
    Kind("text", (".txt", ".md", ".rst", ".csv", ".tsv", ".log", ".dic", ".aff", ".po", ".ics", ".vcf"),
         "text/plain", 400, 60),
    Kind("xml-json", (".xml", ".xsl", ".xslt", ".xsd", ".dtd", ".rdf", ".json", ".yaml", ".yml", ".kml", ".gpx",
                      ".xba", ".xcu", ".soc", ".rng"), "application/xml", 400, 60),
    Kind("certificate", (".crt", ".pem", ".gpg", ".p7s", ".p12", ".pfx", ".der", ".asc"),
         "application/pgp-keys", 250, 80),
    Kind("mail", (".eml", ".mbox", ".raw", ".mht"), "message/rfc822", 400, 200),
)
PROGRAM = next(k for k in KINDS if k.name == "program-linux")
BY_ENDING = {ending: kind for kind in KINDS for ending in kind.endings}


def kind_of(path):
    """The kind by the name's ending, or None; programs without an ending by their mark."""
    lower = path.name.lower()
    dot = lower.rfind(".")
    if dot >= 0 and lower[dot:] in BY_ENDING:
        return BY_ENDING[lower[dot:]]
    if ".so." in lower:
        return PROGRAM
    if dot < 0:
        with open(path, "rb") as f:
            return PROGRAM if f.read(4) == b"\x7fELF" else None
    return None
