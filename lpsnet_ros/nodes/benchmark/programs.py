"""Programs of ours in processes of their own, some of which answer requests."""

from __future__ import annotations

import json
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

STOP_TIMEOUT_S = 10.0
POLL_S = 0.2
LINES_OF_LOG = 8


class Program:
    """A module run as a process, its output in a file; stopped at the end of a ``with``.

    Args:
        module: its name.
        arguments: its command line.
        environment: of the process.
        log: what it writes to stderr goes there; stdout as well, unless it answers.

    """

    def __init__(
        self, module: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path
    ) -> None:
        self._module = module
        self._command = [sys.executable, '-m', module, *arguments]
        self._environment = dict(environment)
        self._log = log

    def __enter__(self) -> Program:
        with self._log.open('w') as log:
            self._popen = self._start(log)
        return self

    def __exit__(self, *_: object) -> None:
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGINT)
        try:
            self._popen.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()

    def check(self) -> None:
        """Do nothing while the process runs.

        Raises:
            ChildProcessError: it has ended; holds the end of its log.

        """
        code = self._popen.poll()
        if code is not None:
            raise ChildProcessError(f'{self._module} ended with code {code}:\n{self.log_end()}')

    def log_end(self) -> str:
        """Return the last lines that the process logged."""
        return '\n'.join(self._log.read_text().splitlines()[-LINES_OF_LOG:])

    def _start(self, log: Any) -> subprocess.Popen:
        return subprocess.Popen(
            self._command, env=self._environment, stdout=log, stderr=subprocess.STDOUT
        )


class Servant(Program):
    """A program that answers by ``serve``: one line of JSON in, one out."""

    def __enter__(self) -> Servant:
        super().__enter__()
        self._answers: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._popen.stdin.close()
        super().__exit__()

    def ask(self, **request: object) -> None:
        """Send a request.

        Raises:
            ChildProcessError: the process has ended.

        """
        self.check()
        self._popen.stdin.write(json.dumps(request) + '\n')
        self._popen.stdin.flush()

    def has_answered(self) -> bool:
        """Whether ``answer`` has something to return at once.

        Raises:
            ChildProcessError: it has not, and the process has ended.

        """
        if not self._answers.empty():
            return True
        self.check()
        return False

    def answer(self, timeout_s: float) -> Any:
        """Return the answer to the oldest request that has none yet, waiting for it.

        Raises:
            ChildProcessError: the process has ended.
            TimeoutError: it did not answer in time.

        """
        waited = 0.0
        while waited < timeout_s:
            try:
                return json.loads(self._answers.get(timeout=POLL_S))
            except queue.Empty:
                waited += POLL_S
                self.check()
        raise TimeoutError(f'{self._module} did not answer in {timeout_s:g} s:\n{self.log_end()}')

    def _start(self, log: Any) -> subprocess.Popen:
        return subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )

    def _read(self) -> None:
        for line in self._popen.stdout:
            self._answers.put(line)


def serve(answer: Callable[..., Any]) -> None:
    """Answer requests with ``answer(**request)`` until the process that asks ends.

    An interrupt from the keyboard is left to that process, too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for line in sys.stdin:
        print(json.dumps(answer(**json.loads(line))), flush=True)
