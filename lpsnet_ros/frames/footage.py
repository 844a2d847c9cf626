"""Getting real street footage for the demo without root and without leaving Debian's archive."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

PACKAGE = 'opencv-doc'
VIDEO = 'usr/share/doc/opencv-doc/examples/data/vtest.avi'
INSTALLED = Path('/') / VIDEO


def street_video(cache: Path) -> Path:
    """Return a real street video (768x576) out of Debian's and Ubuntu's package opencv-doc.

    Downloaded once (96 MB) and unpacked into the cache; installs nothing.

    Args:
        cache: folder for downloads; made where it does not exist.

    Raises:
        RuntimeError: it can't be had here; says why.

    """
    if INSTALLED.is_file():
        return INSTALLED
    video = cache / Path(VIDEO).name
    if not video.is_file():
        _fetch(cache, video)
    return video


def _fetch(folder: Path, video: Path) -> None:
    for tool in ('apt-get', 'dpkg-deb'):
        if shutil.which(tool) is None:
            raise RuntimeError(f'no {tool}: not a Debian or Ubuntu machine')
    work = folder / 'download'
    work.mkdir(parents=True, exist_ok=True)
    try:
        _run(['apt-get', 'download', PACKAGE], work)
        package = next(work.glob(f'{PACKAGE}_*.deb'))
        _run(['dpkg-deb', '-x', package.name, 'unpacked'], work)
        (work / 'unpacked' / VIDEO).replace(video)
    except (StopIteration, FileNotFoundError) as error:
        raise RuntimeError(f'the package {PACKAGE} came without {VIDEO}') from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise RuntimeError(f'{" ".join(command)} failed: {" ".join(reason)}')
