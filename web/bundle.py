"""The built front end: which files a page needs, and serving them.

Vite names files after their content and writes what became of what into `.vite/manifest.json`. Such a file never
changes under its name, so a browser may keep it for ever; everything else is asked for again. Nothing is served from
outside the folder.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import lru_cache
from pathlib import Path

from flask import Response, request, send_from_directory

#: Where the folder is served.
ADDRESS = "/static/dist/"

#: `now-BxY3_k1Z.js`: Vite's content hash is eight characters or more.
HASHED = re.compile(r"-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$")

#: What gets smaller by gzip. Fonts and pictures are compressed already.
TEXT = (".js", ".css", ".svg", ".json", ".webmanifest", ".html")


class Bundle:
    """The folder `web/static/dist`."""

    def __init__(self, folder: Path) -> None:
        """Remember the folder; it may be empty until the front end is built."""
        self.folder = folder.resolve()

    def asset(self, source: str) -> str:
        """The address of what became of a source file (`src/now.js`); the name itself where the manifest lacks it."""
        return ADDRESS + str(self._manifest().get(source, {}).get("file", source))

    def styles(self, source: str) -> list[str]:
        """Addresses of the style sheets that a script imports, its shared parts included."""
        found: list[str] = []
        waiting, seen = [source], set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            part = self._manifest().get(name, {})
            found += [ADDRESS + css for css in part.get("css", []) if ADDRESS + css not in found]
            waiting += part.get("imports", [])
        return found

    def serve(self, name: str) -> Response:
        """One file. Raises NotFound of werkzeug."""
        answer = send_from_directory(self.folder, name, conditional=True, max_age=0)
        lasting = HASHED.search(name) is not None
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
        if name.endswith(TEXT):
            answer.headers["Vary"] = "Accept-Encoding"
            wished = request.accept_encodings.quality("gzip") > 0 and "Range" not in request.headers
            if wished and answer.status_code == 200:
                return self._compressed(name, answer)
        return answer

    def _compressed(self, name: str, answer: Response) -> Response:
        path = self.folder / name
        answer.direct_passthrough = False
        answer.set_data(_gzipped(path, path.stat().st_mtime_ns))
        answer.headers["Content-Encoding"] = "gzip"
        tag, _ = answer.get_etag()
        answer.set_etag(f"{tag}-gzip")
        return answer

    def _manifest(self) -> dict[str, dict[str, list[str]]]:
        path = self.folder / ".vite" / "manifest.json"
        try:
            return _read(path, path.stat().st_mtime_ns)
        except FileNotFoundError:
            return {}


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = json.loads(path.read_bytes())
    return found


@lru_cache(maxsize=64)
def _gzipped(path: Path, _changed_ns: int) -> bytes:
    return gzip.compress(path.read_bytes(), 9)
