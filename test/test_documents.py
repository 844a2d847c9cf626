"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='rclpy is not installed: pip install .[ros]')

from lpsnet_ros.nodes.settings import NO_NAMES, SETTINGS

ROOT = Path(__file__).parents[1]
PAGES = [
    page for files in ('*.md', 'docs/**/*.md', 'models/*.md') for page in sorted(ROOT.glob(files))
]
LINK = re.compile(r'\]\(([^)#:]*)(?:#([^)]*))?\)')
TYPES = {str: 'string', float: 'double', bool: 'bool', tuple: 'string[]'}


def expected_row(name: str) -> list[str]:
    setting = SETTINGS[name]
    default = setting.default
    shown = str(default).lower() if isinstance(default, bool) else str(default)
    if isinstance(default, str) and default:
        shown = f'`{default}`'
    elif default == NO_NAMES:
        shown = '`[""]`'
    within, choices = setting.metadata['within'], setting.metadata['choices']
    allowed = '..'.join(f'{v:g}' for v in within) if within else ', '.join(choices or ())
    live = 'yes' if setting.metadata['live'] else 'no'
    kind = TYPES[type(default)]
    return [f'`{name}`', kind, shown, allowed, live, setting.metadata['description']]


def test_the_parameter_table_is_the_code_s() -> None:
    page = (ROOT / 'docs' / 'lpsnet_node.md').read_text()
    section = page.split('## Parameters')[1].split('##')[0]
    rows = [[c.strip() for c in r.split('|')[1:-1]] for r in section.splitlines() if r[:2] == '| ']
    assert rows[1:] == [expected_row(name) for name in SETTINGS]


def anchors_of(page: Path) -> set[str]:
    """Return the anchors that both GitHub and mkdocs make of a page's headings."""
    text = re.sub(r'^```.*?^```', '', page.read_text(), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r'^#+ (.+)', text, re.MULTILINE)
    plain = (re.sub(r'[^\w\s-]', '', heading.lower()).strip() for heading in headings)
    return {re.sub(r'\s', '-', heading) for heading in plain}


@pytest.mark.parametrize('page', PAGES)
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    for target, anchor in LINK.findall(page.read_text()):
        linked = page.parent / target if target else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors_of(linked), f'{target}#{anchor}'


@pytest.mark.parametrize('page', sorted(ROOT.glob('docs/**/*.md')))
def test_the_documentation_s_pages_link_to_each_other_only(page: Path) -> None:
    """What lies outside docs/ is not part of what "make docs" builds, which refuses such links."""
    for target in filter(None, (target for target, _ in LINK.findall(page.read_text()))):
        assert ROOT / 'docs' in (page.parent / target).resolve().parents, target


def test_the_index_names_every_page() -> None:
    pages = {page.name for page in ROOT.glob('docs/*.md')} - {'README.md'}
    named = re.findall(r'\]\((\w+\.md)\)', (ROOT / 'docs' / 'README.md').read_text())
    assert sorted(named) == sorted(pages)
