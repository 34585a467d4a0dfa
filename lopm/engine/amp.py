"""Mixed precision where mmengine has none, on a CPU, and by itself where it makes a training faster."""
from contextlib import contextmanager
from pathlib import Path

import torch
from mmengine.optim import AmpOptimWrapper, OptimWrapper
from mmengine.registry import OPTIM_WRAPPERS

BFLOAT16 = {'avx512_bf16', 'amx_bf16', 'bf16'}  # what Linux calls a processor's own instructions for it


@OPTIM_WRAPPERS.register_module()
class BFloat16OptimWrapper(OptimWrapper):
    """Autocast to bfloat16, which needs no loss scaling. mmengine's ``AmpOptimWrapper`` refuses to run without an
    accelerator."""

    @contextmanager
    def optim_context(self, model):
        with super().optim_context(model), torch.autocast('cpu', torch.bfloat16):
            yield


@OPTIM_WRAPPERS.register_module(name='MixedWhereFast')
def mixed_where_fast(**options):
    """Float16 with loss scaling on a GPU, bfloat16 on a CPU that has instructions for it, else full precision."""
    if torch.cuda.is_available():
        return AmpOptimWrapper(**options)
    return (BFloat16OptimWrapper if has_bfloat16() else OptimWrapper)(**options)


def has_bfloat16(cpuinfo='/proc/cpuinfo'):
    """Whether the processor computes in bfloat16; where nobody says so, not."""
    path = Path(cpuinfo)
    return path.is_file() and not BFLOAT16.isdisjoint(path.read_text().split())
