"""The bare side of a request, the whole of a process: apart from `bare_parts`, whose processes are weighed."""

from __future__ import annotations

import json
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from controller.cli.benches.asked import answer, answering, questions


def answerer() -> None:
    """Python's own HTTP server, which does for each request what cannot be left out: read it, commit a row, answer."""
    config = next(questions())
    database = sqlite3.connect(Path(config["folder"]) / "bare.sqlite3", isolation_level=None, check_same_thread=False)
    for line in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "CREATE TABLE presses (body BLOB)"):
        database.execute(line)
    said = json.dumps({"bare": "x" * config["size"]}).encode()

    class Bare(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            database.execute("INSERT INTO presses VALUES (?)", [body])
            self.send_response(200)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Bare)
    threading.Thread(target=server.serve_forever, name="answerer", daemon=True).start()
    ended = answering(dict)
    answer({"url": f"http://127.0.0.1:{server.server_port}"})
    ended.wait()
    server.shutdown()
    database.close()
