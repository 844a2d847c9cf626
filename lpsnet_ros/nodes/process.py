"""What every process of ours does around rclpy: memory settings, signals, a clean end."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import rclpy
import torch
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.logging import get_logger
from rclpy.node import Node

# Each of a network's operations asks for the interpreter again: during a burst of service calls
# in the executor's thread a 2 ms engine took up to 350 ms at 0.5 ms each, and 20 ms at this.
SWITCH_INTERVAL_S = 0.1e-3
_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_ARENA_MAX = -8


def run_node(make_node: Callable[[], Node], args: Sequence[str] | None = None) -> None:
    """Run a node until SIGINT, SIGTERM or ``rclpy.shutdown``, then destroy it.

    Raises:
        SystemExit: the node can't be made (OSError, ValueError), or ends with an ``exit_code``
            other than 0; the reason is logged.

    """
    keep_large_blocks()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # rclpy shuts its context down on both signals and then calls these: no KeyboardInterrupt may
    # break in, neither now nor when ``ros2 launch`` sends a second SIGINT during the clean-up.
    signalled = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: signalled.set())
    rclpy.init(args=args)
    try:
        node = make_node()
    except (OSError, ValueError) as error:
        get_logger('start').fatal(str(error))
        raise SystemExit(1) from error
    except RuntimeError:
        if not signalled.is_set():
            raise
    else:
        _spin(node, signalled)
        exit_code = getattr(node, 'exit_code', 0)
        if getattr(node, 'busy_at_exit', False):
            _exit_at_once(exit_code)
        if exit_code:
            raise SystemExit(exit_code)
    finally:
        rclpy.try_shutdown()


def _spin(node: Node, signalled: threading.Event) -> None:
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    try:
        if not signalled.is_set():
            executor.spin()
    except ExternalShutdownException:
        pass
    except RuntimeError:
        # A signal between two waits leaves rclpy with a context that is no longer valid.
        if rclpy.ok():
            raise
    finally:
        node.destroy_node()


def _exit_at_once(code: int) -> None:
    # The interpreter would wait for the thread that builds, for minutes, and the GPU's driver for
    # an engine that is stuck, for ever.
    rclpy.try_shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def keep_large_blocks() -> None:
    """Let glibc reuse the blocks of large messages instead of mapping fresh pages for each.

    Page faults of fresh 6 MB blocks are the larger part of a large frame's way through DDS. To be
    called before the first thread starts: all threads shall share the one arena that
    ``give_back_memory`` can trim whole. Does nothing where the C library has no ``mallopt``.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return
    mallopt(_M_MMAP_THRESHOLD, 32 << 20)
    mallopt(_M_TRIM_THRESHOLD, 512 << 20)
    # Of any later arena, malloc_trim gives back all but the top: up to 64 MiB of each.
    mallopt(_M_ARENA_MAX, 1)


def give_back_memory() -> None:
    """Return freed memory to the system, of the GPU too, which the allocators would keep."""
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return  # Not glibc.


def resident_memory_mib() -> float:
    """Return the memory that the process occupies; 0 where /proc does not tell."""
    try:
        pages = int(Path('/proc/self/statm').read_text().split()[1])
    except OSError:
        return 0.0
    return pages * resource.getpagesize() / 2**20
