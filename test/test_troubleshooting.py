"""The sentences that the troubleshooting page explains are those that the node says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = '\n'.join(p.read_text() for p in sorted((ROOT / 'lpsnet_ros' / 'nodes').glob('*.py')))


def explained_sentences() -> list[str]:
    page = (ROOT / 'docs' / 'troubleshooting.md').read_text()
    sections = re.split(r'^## ', page, flags=re.MULTILINE)[1:3]
    cells = re.findall(r'^\| (.+?) \|', ''.join(sections), re.MULTILINE)
    return [sentence for cell in cells for sentence in re.findall(r'`(.+?)`', cell)]


def test_there_are_some() -> None:
    assert len(explained_sentences()) > 15


@pytest.mark.parametrize('sentence', explained_sentences())
def test_the_node_says_it(sentence: str) -> None:
    for part in filter(None, (part.strip() for part in sentence.split('...'))):
        assert part in CODE, f'no file in lpsnet_ros/nodes says {part!r}'
