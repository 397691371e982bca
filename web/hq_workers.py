"""HQ's panel by gunicorn: several processes with threads, for many people at once (`semantics.md`, rule 30).

Each process makes its own application, and with it its own connections to the database: none may cross a fork.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from flask import Flask

from controller.errors import Refused
from web.serving import SHUTDOWN_S

#: What is served.
Application = Flask


@dataclass(frozen=True, slots=True)
class Serving:
    """Where and with how many. `certificate`: PEM chain and key, for TLS 1.2 and newer."""

    host: str
    port: int
    workers: int
    threads: int
    certificate: tuple[Path, Path] | None = None


def serve(application: Callable[[], Application], serving: Serving) -> None:
    """Serve until SIGTERM or Ctrl-C. `application` is called once in each process. Raises Refused."""
    try:
        base = import_module("gunicorn.app.base").BaseApplication
    except ImportError:
        raise Refused("Several processes need gunicorn: pip install 'sinne[hq]'") from None

    class Workers(base):  # type: ignore[misc, valid-type]  # gunicorn has no types
        """Gunicorn, told by us instead of by files and flags."""

        def load_config(self) -> None:
            """Our settings."""
            for name, value in _settings(serving).items():
                if name in self.cfg.settings:  # an older gunicorn has no control socket to switch off
                    self.cfg.set(name, value)

        def load(self) -> Application:
            """The application, in a worker."""
            return application()

    Workers().run()


def _settings(serving: Serving) -> dict[str, object]:
    host = f"[{serving.host}]" if ":" in serving.host else serving.host
    settings: dict[str, object] = {
        "bind": f"{host}:{serving.port}", "workers": serving.workers, "threads": serving.threads,
        "worker_class": "gthread", "preload_app": False, "graceful_timeout": int(SHUTDOWN_S), "loglevel": "warning",
        "proc_name": "sinne-hq-web", "control_socket_disable": True}
    if serving.certificate is not None:
        chain, key = serving.certificate
        settings |= {"certfile": str(chain), "keyfile": str(key)}
    return settings
