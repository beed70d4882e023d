"""`smartcam`: what a person does to a bridge from a terminal."""
import argparse
import json
import logging
from pathlib import Path
import sqlite3
import sys
from typing import Sequence

from smartcam_bridge.cli import access, database, enroll, export, rates
from smartcam_bridge.errors import SmartcamError
from smartcam_bridge.settings import default_data_dir


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0, 1 where it failed, or exit with 2 where it was misspelt."""
    logging.basicConfig(level=logging.WARNING, format='smartcam: %(message)s', stream=sys.stderr)
    options = _parser().parse_args(
        arguments, argparse.Namespace(data_dir=default_data_dir()))
    try:
        return options.run(options) or 0
    except (SmartcamError, sqlite3.Error, OSError) as error:
        print(f'smartcam: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print('smartcam: stopped', file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    everywhere = argparse.ArgumentParser(add_help=False)
    everywhere.add_argument(
        '--data-dir', type=Path, default=argparse.SUPPRESS, metavar='DIR',
        help=f'folder of the database (default: {default_data_dir()})')
    parser = argparse.ArgumentParser(
        prog='smartcam', description=__doc__, parents=[everywhere],
        formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(metavar='COMMAND', required=True)
    database.add_commands(commands, everywhere)
    access.add_commands(commands, everywhere)
    export.add_commands(commands, everywhere)
    enroll.add_commands(commands, everywhere)
    rates.add_commands(commands, everywhere)
    openapi = commands.add_parser('openapi', parents=[everywhere],
                                  help='print the OpenAPI document of the HTTP API')
    openapi.set_defaults(run=_print_openapi)
    return parser


def _print_openapi(options: argparse.Namespace) -> None:
    from smartcam_bridge.web.openapi import document  # aiohttp takes a while; only here
    print(json.dumps(document(), indent=2, ensure_ascii=False))


if __name__ == '__main__':
    sys.exit(main())
