"""Make of a finished run a model that travels: one folder to predict with anywhere, which knows how sure it may be.

    lopm pack work_dirs/multitask packs/multitask
    lopm pack work_dirs/mine packs/mine --data parts --licence "for research within the hospital"
    lopm pack configs/oral.py packs/oral --checkpoint best.pth --data parts --cfg-options size=224
    lopm pack work_dirs/mine packs/mine --noise clinic.json   # of lopm follow --write-noise, for lesions over visits

Reads the run's parts once more: of the training part what lesions look like and measure, for comparison; of the
validation part how far probabilities are to be believed, which words cannot be ruled out, and which photographs are
odd; of the test part the scores that stand on its card. OUT holds weights (safetensors) and json, nothing that is
executed; lopm predict, lopm report and Predictor open it. Photographs stay where they are.
"""
import argparse
from pathlib import Path

from lopm.arguments import add_data_argument, add_options_argument, existing_file
from lopm.commands.predict import existing_path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', type=existing_path, metavar='RUN',
                        help="a run's folder, a checkpoint of one, or a config; options change a config alone")
    parser.add_argument('out', type=Path, metavar='OUT', help='folder of the pack, which is not there yet')
    parser.add_argument('--checkpoint', type=existing_file, metavar='FILE', help='the weights, where RUN is a config')
    add_data_argument(parser)
    parser.add_argument('--name', help="what the model is called; default: OUT's name")
    parser.add_argument('--licence', default='', metavar='TEXT', help='of the training photographs, for its card')
    parser.add_argument('--scaling', default='auto', choices=('auto', 'temperature', 'vector', 'beta'),
                        help='how probabilities are calibrated; auto: for each task what validation finds likeliest')
    parser.add_argument('--level', type=float, default=0.9, metavar='SHARE',
                        help='of lesions whose possible words are to hold the truth; default: 0.9')
    parser.add_argument('--sets-by', default='everybody', metavar='BY',
                        help='for whom that is to hold apart: class, or a field of the record such as sex; '
                             'default: everybody')
    parser.add_argument('--show-photographs', action='store_true',
                        help='name the photographs of training lesions that look alike; else their words alone')
    parser.add_argument('--noise', type=existing_file, metavar='FILE',
                        help='noise floor of lopm follow --write-noise, which lopm follow then takes; whose it is (the '
                             'name of the folder of repeats) stands on the card')
    parser.add_argument('--unaudited', action='store_true', help='take a test part that no audit vouches for')
    add_options_argument(parser)
    return parser.parse_args(args)


def main(args):
    from rich.progress import track

    from lopm.engine.parts import use_folder
    from lopm.engine.runs import open_run
    from lopm.followup.noise import load_noise
    from lopm.packing.make import Wanted, make_pack
    cfg, checkpoint = open_run(args.model, args.checkpoint, args.cfg_options)
    if args.data:
        use_folder(cfg, args.data)
    wanted = Wanted(args.name or args.out.name, args.licence, args.scaling, args.level, args.sets_by,
                    args.show_photographs, args.unaudited, load_noise(args.noise) if args.noise else None)
    content, remarks = make_pack(cfg, checkpoint, args.out, wanted, track)
    for each in remarks:
        print(each)
    counted = content.card['parts']['test']
    print(f'{args.out}: {len(content.known)} training lesions to compare with; tested on {counted["photographs"]} '
          f'photographs of {counted["patients"]} patients (card.md); SHA-256 {content.sha256[:12]}')
