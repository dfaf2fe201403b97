"""The front-end packages: laid out once, by their lock, and only icons that exist."""

import json
import re

import pytest

from megahub import assets


def test_nothing_is_done_when_nothing_changed():
    assets.ensure()
    assert assets.ensure() is False


def test_a_changed_icon_list_lays_out_again(monkeypatch, tmp_path):
    assets.ensure()
    changed = tmp_path / "icons.txt"
    changed.write_text("# one\nhouse\n")
    monkeypatch.setattr(assets, "ICON_LIST", changed)
    assert assets.is_up_to_date() is False
    assert re.findall(r'id="([^"]+)"', assets.sprite(assets.icon_names())) == ["house"]


def test_an_unknown_icon_is_named(monkeypatch):
    assets.ensure()
    with pytest.raises(assets.AssetError, match="no icon “no-such-icon”"):
        assets.sprite(["no-such-icon"])


def test_every_icon_of_a_template_is_in_the_sprite():
    used = set()
    for path in (assets.ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r"{% icon ['\"]([\w-]+)['\"]", path.read_text()))
    assert used
    assert used <= set(assets.icon_names())


def test_every_icon_of_the_navigation_is_in_the_sprite():
    from megahub.navigation import entries

    assert {entry.icon for entry in entries()} <= set(assets.icon_names())


def test_the_lock_holds_hashes_and_no_addresses():
    lock = (assets.ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock
    packages = json.loads(lock)["packages"]
    assert all("integrity" in facts for name, facts in packages.items() if name)


def test_without_a_node_of_the_machine_the_package_brings_one(monkeypatch):
    monkeypatch.setenv("PATH", "")
    program, script = assets.npm()
    assert program.endswith("node")
    assert script.endswith("npm-cli.js")


def test_a_failed_install_says_what_to_do(monkeypatch):
    monkeypatch.setattr(assets, "npm", lambda: ["/no/such/npm"])
    with pytest.raises(assets.AssetError, match="check the network"):
        assets.install()
