"""Make a page of cards to print: a scale in millimetres, and gray, to lay beside a lesion when it is photographed.

    lopm card card.pdf
    lopm card carte.pdf --language fr

OUT ends in .pdf, .svg or .png: a page of A4 with cards of 34 x 18 mm to cut out. A card is read by itself wherever a
scale or the light is wanted: by lopm report, lopm follow, lopm.followup.compare and read_card. Printers scale pages:
the bar upon it must measure 50 mm. A printed card is no validated device.
"""
import argparse
from pathlib import Path


def parse_args(args=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('out', type=Path, metavar='OUT', help='such as card.pdf')
    parser.add_argument('--language', default='en', metavar='CODE', help='en or fr; default: en')
    return parser.parse_args(args)


def main(args):
    from lopm.report.card import write_cards
    from lopm.report.language import Language
    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_cards(args.out, Language(args.language))
    print(f'{args.out}: print it at 100 %, and measure the bar: 50 mm')
