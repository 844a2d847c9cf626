"""The demo's street video: from the system, the cache or Debian's archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from lpsnet_ros.frames import footage
from lpsnet_ros.frames.footage import VIDEO, street_video


@pytest.fixture(autouse=True)
def _machine_without_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(footage, 'INSTALLED', tmp_path / 'absent.avi')
    monkeypatch.setenv('PATH', '')


def make_program(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f'#!/bin/sh\nPATH=/usr/bin:/bin\n{script}\n')
    (folder / name).chmod(0o755)


def test_installed_video_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = tmp_path / 'installed.avi'
    installed.touch()
    monkeypatch.setattr(footage, 'INSTALLED', installed)
    (tmp_path / 'vtest.avi').touch()
    assert street_video(tmp_path) == installed


def test_cached_video_is_used_without_any_download(tmp_path: Path) -> None:
    (tmp_path / 'vtest.avi').touch()
    assert street_video(tmp_path) == tmp_path / 'vtest.avi'


def test_machine_without_apt_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match='no apt-get: not a Debian or Ubuntu machine'):
        street_video(tmp_path)


def test_package_is_downloaded_once_and_only_its_video_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, cache = tmp_path / 'bin', tmp_path / 'cache'
    make_program(programs, 'apt-get', 'echo package > opencv-doc_1_all.deb')
    unpack = f'mkdir -p "$3/{Path(VIDEO).parent}" && cp "$2" "$3/{VIDEO}"'
    make_program(programs, 'dpkg-deb', unpack)
    monkeypatch.setenv('PATH', str(programs))
    assert street_video(cache).read_text() == 'package\n'
    assert list(cache.iterdir()) == [cache / 'vtest.avi']
    monkeypatch.setenv('PATH', '')
    assert street_video(cache) == cache / 'vtest.avi'


def test_failed_download_says_why_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs, cache = tmp_path / 'bin', tmp_path / 'cache'
    make_program(programs, 'apt-get', 'echo "E: no network" >&2; exit 100')
    make_program(programs, 'dpkg-deb', '')
    monkeypatch.setenv('PATH', str(programs))
    with pytest.raises(RuntimeError, match='apt-get download opencv-doc failed: E: no network'):
        street_video(cache)
    assert list(cache.iterdir()) == []
