"""Compiles the Triton kernels for GPUs that need not be here, and prints the programs' sizes."""

from __future__ import annotations

import json

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from lpsnet_ros.engine.backends import fill_input_triton, upsample_argmax_triton

CAPABILITIES = (75, 87, 90)
TYPES = {
    'frame': '*u8',
    'mask': '*u8',
    'mean': '*fp32',
    'std': '*fp32',
    'logits': '*fp16',
    'out': '*fp16',
    'row_offset': 'fp32',
    'row_step': 'fp32',
    'column_offset': 'fp32',
    'column_step': 'fp32',
}
KERNELS = {
    'upsample_argmax': (
        upsample_argmax_triton._kernel,
        {'classes': 19, 'tile_rows': 4, 'tile_columns': 128},
    ),
    'fill_input': (
        fill_input_triton._kernel,
        {'channels': 3, 'bgr': True, 'tile_rows': 4, 'tile_columns': 64},
    ),
}


def cubin_bytes(name: str, capability: int) -> int:
    """Compile a kernel for a compute capability, 10 * major + minor."""
    kernel, constants = KERNELS[name]
    names = kernel.arg_names
    signature = {n: 'constexpr' if n in constants else TYPES.get(n, 'i32') for n in names}
    source = ASTSource(kernel, signature, {(names.index(n),): v for n, v in constants.items()})
    return len(triton.compile(source, target=GPUTarget('cuda', capability, 32)).asm['cubin'])


if __name__ == '__main__':
    sizes = {f'{n} sm_{c}': cubin_bytes(n, c) for n in KERNELS for c in CAPABILITIES}
    print(json.dumps(sizes))
