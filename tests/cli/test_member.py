"""Members from the terminal, for whoever has the folder; and what a server says of sign-in when it starts."""

from __future__ import annotations

import json
import re
import socket
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from touchpath.bootstrap import create_workspace, open_entrance, open_gate, open_workspace
from touchpath.cli.main import main
from touchpath.cli.run import _tell_of_sign_in, _where
from touchpath.cli.serving import _config
from touchpath.model.errors import BadInput, Missing
from touchpath.model.member import Role
from touchpath.settings import load_settings

PASSWORD = "seven otters near Gijon"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_workspace(tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path) -> Run:
    """Runs one command line on a workspace; gives its exit code, output and error output."""
    monkeypatch.setenv("TOUCHPATH_FOLDER", str(folder))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["touchpath", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, error = capsys.readouterr()
        return int(ended.value.code or 0), out, " ".join(error.split())

    return run


def test_an_operator_makes_an_owner_who_signs_in(run: Run, folder: Path):
    code, out, error = run("member", "add", "Ada@example.org", "--role", "owner", "--people", "--url", "https://tp.example/")
    assert code == 0
    assert "ada@example.org is invited as owner" in error
    secret = re.fullmatch(r"https://tp\.example/welcome/([\w-]{43})\n", out)
    assert secret
    with closing(open_workspace(folder)) as workspace:
        gate = open_gate(workspace, load_settings({}))
        assert not gate.members.has_owner()
        gate.members.join(secret[1], PASSWORD)
        assert gate.sign_in("ada@example.org", PASSWORD)[0].role is Role.OWNER
    listed = json.loads(run("member", "list", "--json")[1])
    assert [(one["address"], one["role"], one["people"], one["state"]) for one in listed] == [
        ("ada@example.org", "owner", "may see", "active")
    ]


def test_members_are_changed_kept_out_let_in_reset_and_removed(run: Run, folder: Path):
    run("member", "add", "bea@example.org")
    assert (
        "bea@example.org is editor, and may see single people"
        in run("member", "change", "bea@example.org", "--role", "editor", "--people")[1]
    )
    assert run("member", "disable", "bea@example.org")[0] == 0
    assert run("member", "reset", "bea@example.org")[0] == 5
    assert run("member", "enable", "bea@example.org")[0] == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:8400/welcome/[\w-]{43}\n", run("member", "reset", "bea@example.org")[1])
    assert run("member", "remove", "bea@example.org", "--yes")[0] == 0
    assert json.loads(run("member", "list", "--json")[1]) == []
    with closing(open_workspace(folder)) as workspace:
        deeds = open_gate(workspace, load_settings({})).log.deeds(20)
    assert [one.deed for one in deeds] == [
        "removed a member", "made a link", "let a member in again", "disabled a member", "changed what a member may do", "invited",
    ]  # fmt: skip
    assert {one.member for one in deeds} == {"terminal"}


def test_what_cannot_be_done_is_told_with_what_would_do(run: Run):
    assert run("member", "add", "no address")[0] == 2
    code, _, error = run("member", "add", "bea@example.org", "--role", "boss")
    assert (code, "There are: analyst, editor, owner, viewer" in error) == (2, True)
    code, _, error = run("member", "disable", "nobody@example.org")
    assert (code, "touchpath member list" in error) == (3, True)
    run("member", "add", "bea@example.org")
    assert run("member", "add", "BEA@example.org")[0] == 5


@pytest.mark.parametrize(
    ("host", "chosen", "on"),
    [
        ("127.0.0.1", {}, False),
        ("::1", {}, False),
        ("0.0.0.0", {}, True),
        ("::", {}, True),
        ("127.0.0.1", {"sign_in": 1}, True),
        ("127.0.0.1", {"site_url": "https://tp.example"}, True),
        ("127.0.0.1", {"site_url": "http://localhost:8400"}, False),
    ],
)
def test_sign_in_is_on_wherever_others_get_and_where_it_is_asked_for(
    folder: Path, host: str, chosen: dict[str, int | str], on: bool
):
    with closing(open_workspace(folder)) as workspace:
        entrance = open_entrance(workspace, load_settings({}, **chosen), host)
        assert (entrance.gate is not None) is on
        assert entrance.addresses is (host in ("0.0.0.0", "::"))
        assert {"127.0.0.1", "localhost"} <= entrance.hosts


def test_a_server_hands_out_the_first_link_until_there_is_an_owner(folder: Path, capsys: pytest.CaptureFixture[str]):
    with closing(open_workspace(folder)) as workspace, socket.create_server(("127.0.0.1", 0)) as listening:
        entrance = open_entrance(workspace, load_settings({}, sign_in=1), "127.0.0.1")
        where = _where(listening, entrance)
        assert where == f"http://127.0.0.1:{listening.getsockname()[1]}"
        _tell_of_sign_in(entrance, where, [folder])
        link = re.search(rf"{re.escape(where)}/welcome/([\w-]{{43}})", capsys.readouterr().out)
        assert link
        assert entrance.gate is not None
        entrance.gate.members.join(link[1], PASSWORD, email="ada@example.org")
        _tell_of_sign_in(entrance, where, [folder, folder])
        said = capsys.readouterr().out
        assert "welcome" not in said
        assert "sign in to all 2 workspaces" in " ".join(said.split())


def test_a_server_warns_where_passwords_would_travel_in_clear(folder: Path, capsys: pytest.CaptureFixture[str]):
    def warned(host: str, **chosen: int | str) -> bool:
        with closing(open_workspace(folder)) as workspace, socket.create_server(("127.0.0.1", 0)) as listening:
            entrance = open_entrance(workspace, load_settings({}, **chosen), host)
            _tell_of_sign_in(entrance, _where(listening, entrance), [folder])
        return "unencrypted" in capsys.readouterr().err

    assert warned("0.0.0.0")
    assert not warned("127.0.0.1", sign_in=1)
    assert not warned("0.0.0.0", trust_proxy=1)
    assert not warned("0.0.0.0", site_url="https://tp.example")


def test_a_certificate_that_cannot_be_used_is_told(folder: Path, tmp_path: Path):
    with pytest.raises(BadInput, match="belong together"):
        load_settings({}, tls_certificate="a.pem")
    files = {"tls_certificate": str(tmp_path / "c.pem"), "tls_key": str(tmp_path / "k.pem")}
    with closing(open_workspace(folder)) as workspace:
        with pytest.raises(Missing, match="PEM"):
            open_entrance(workspace, load_settings({}, **files), "0.0.0.0")
        for file in files.values():
            Path(file).write_text("nonsense")
        entrance = open_entrance(workspace, load_settings({}, **files), "0.0.0.0")
    assert entrance.scheme == "https"
    with pytest.raises(BadInput, match="cannot be used"):
        _config(lambda *_: None, entrance.certificate)


def test_a_certificate_lets_the_server_speak_https(tmp_path: Path):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tp.example")])
    now = datetime.now(UTC)
    certificate = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    files = tmp_path / "c.pem", tmp_path / "k.pem"
    files[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    config = _config(lambda *_: None, files)
    assert config.is_ssl
    assert config.ssl is not None
    assert config.ssl.minimum_version >= 771  # TLS 1.2
