"""The Python example of docs/subscribe.md, run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from nodes.conftest import Client, NodeProcess, pixels, random_frame

from lpsnet_ros.network import CAMVID

PAGE = Path(__file__).parents[2] / 'docs' / 'subscribe.md'


def test_it_tells_the_share_of_road(
    client: Client, start_node: Callable[..., NodeProcess], tmp_path: Path
) -> None:
    start_node()
    client.connect()
    code = re.search(r'```python\n(.*?)```', PAGE.read_text(), re.DOTALL)[1]
    log = tmp_path / 'watcher.log'
    with log.open('w') as output:
        watcher = subprocess.Popen([sys.executable, '-c', code], stderr=output, stdout=output)
    try:
        client.wait_for(lambda: client.count_subscribers('/lpsnet/mask') == 2, 'the example')
        client.wait_for(lambda: 'no mask to go by: stop' in log.read_text(), 'its warning')
        mask = client.mask_of(client.publish(random_frame(0)))

        def answered() -> bool:
            # The first mask is too old for the example, as the engine was made for it.
            client.publish(random_frame(0))
            return '% road' in log.read_text()

        client.wait_for(answered, 'a line of the example')
    finally:
        watcher.kill()
        watcher.wait()
    share = np.mean(pixels(mask) == CAMVID.names.index('road'))
    assert f'{100 * share:.0f} % road' in log.read_text()
