"""Test a checkpoint: `lopm test` under the name that OpenMMLab's users look for.

    python tools/test.py configs/multitask.py work_dirs/multitask/best.pth --out metrics.json --show-dir pictures
"""
from lopm.arguments import run_tool
from lopm.commands.test import main, parse_args

if __name__ == '__main__':
    run_tool(main, parse_args())
