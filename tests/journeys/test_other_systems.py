"""The exit code tells a script who is at fault: the credential, or the other system."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest


class _Unwilling(BaseHTTPRequestHandler):
    """Refuses every credential."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b'{"errors":"[API] Invalid API key or access token"}'
        self.send_response(401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def unwilling() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Unwilling)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def shop_at(folder: Path, url: str) -> None:
    """Let the project's shop be at `url`."""
    file = folder / "counterfoil.toml"
    file.write_text(file.read_text().replace("http://127.0.0.1:9", url, 1))


def test_a_wrong_credential_is_a_sign_in(project, folder: Path, unwilling: str) -> None:
    shop_at(folder, unwilling)
    ended = project("connection", "test", "shop")
    assert ended.code == 4
    assert "shpat_journey" not in ended.err


def test_a_system_that_is_away_is_told_apart(project) -> None:
    ended = project("connection", "test", "shop")
    assert ended.code == 5
    assert "could not be reached" in ended.err


def test_a_connection_that_there_is_not_names_the_nearest(project) -> None:
    ended = project("connection", "test", "shpo")
    assert ended.code == 2
    assert "'shop'" in ended.err


def test_doctor_says_of_each_what_was_found_and_what_mends_it(
    project, folder: Path, unwilling: str
) -> None:
    shop_at(folder, unwilling)
    ended = project("doctor", "--json")
    assert ended.code == 4
    found = {one["what"]: one for one in ended.data}
    assert found["database"]["state"] == "fine"
    assert found["connection shop"]["exit"] == 4
    assert found["connection office"]["exit"] in (0, 5)
    assert found["route orders"]["state"] == "note"
    assert all(one["do"] for one in ended.data if one["state"] != "fine")


def test_a_database_that_does_not_answer_is_one_sentence(project) -> None:
    ended = project("hold", "list", DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert ended.code == 2
    assert "DATABASE_URL" in ended.err
    assert "Traceback" not in ended.err
