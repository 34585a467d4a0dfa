"""Train a model from a config file: `lopm train` under the name that OpenMMLab's users look for.

    python tools/train.py configs/multitask.py
    python tools/train.py configs/multitask.py --resume             go on where a killed run stopped
    tools/dist_train.sh configs/multitask.py 2                      two processes, on GPUs or CPUs
"""
from lopm.arguments import run_tool
from lopm.commands.train import main, parse_args

if __name__ == '__main__':
    run_tool(main, parse_args())
