"""`smartcam rates`: how often a threshold would name somebody wrongly, or not at all."""
import argparse
from typing import Any
import urllib.parse

from smartcam_bridge.cli.remote import remote

_TEXT = 'print how often each threshold would name somebody wrongly, or not at all'
_MORE = """\
Each face that people are known by is taken for one that was seen, and compared with all others.
False accepts: the share which somebody else reaches the threshold with; false rejects: the share
whose own person does not. The margin and the number of faces of a decision come on top of it."""
_STEP = 5   # of the curve's points, every so many is printed: 0.05 apart


def add_commands(commands: argparse._SubParsersAction,
                 everywhere: argparse.ArgumentParser) -> None:
    """Add `rates`."""
    parser = commands.add_parser('rates', help=_TEXT, description=f'{_TEXT.capitalize()}.',
                                 epilog=_MORE, parents=[everywhere])
    parser.set_defaults(run=_print_rates)
    parser.add_argument('--model', help='of the faces (default: face_model of the bridge)')


def _print_rates(options: argparse.Namespace) -> None:
    query = f'?{urllib.parse.urlencode({"model": options.model})}' if options.model else ''
    with remote(options.data_dir, 'smartcam rates', 'viewer') as bridge:
        rates = bridge.ask('GET', f'/faces/rates{query}')
    print(f'{rates["model"]}: {rates["templates"]} faces of {rates["people"]} people, '
          f'{rates["sampled"]} of them compared with all')
    print('threshold  false accepts  false rejects')
    for point in rates['curve'][::_STEP]:
        print(_line(point))
    print(f'{_line(rates["at_threshold"])}  in use')


def _line(point: dict[str, Any]) -> str:
    return (f'{point["threshold"]:9.3f}  {_percent(point["false_accept"]):>13}  '
            f'{_percent(point["false_reject"]):>13}')


def _percent(share: float | None) -> str:
    return '-' if share is None else f'{share:.2%}'
