"""`smartcam enroll`: many people at once, from embeddings or pictures, while the bridge runs."""
import argparse
import base64
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
import sys
import time
from typing import Any, Callable, Iterator
import urllib.parse
import zipfile

import numpy as np

from smartcam_bridge.cli.remote import Refused, Remote, remote, running_url
from smartcam_bridge.errors import SmartcamError

_PICTURES = ('.jpg', '.jpeg', '.png')
_KNOWN = 'near_duplicate'   # the gate's word for a face that is enrolled already
_POLL_S = 0.2
_TEXT = 'enroll the people of a file of embeddings or of a folder of pictures'
_MORE = """\
SOURCE is a NumPy file (.npz) with `names` (n), `vectors` (n, d) and, if it has one, `model`; or a
folder with a folder for each person that is called by the name and holds pictures (JPEG, PNG) of
this one face; they need a face_embedder that runs. Whoever is not there yet is added. Faces that
are enrolled already are passed over, so it can be done again. What the enroll gate refuses is
told, and the command then fails (1)."""


@dataclass(frozen=True, slots=True)
class _Face:
    """One face that is to be enrolled. where: for people; body: makes what the bridge is told."""

    name: str
    where: str
    body: Callable[[], dict[str, Any]]


def add_commands(commands: argparse._SubParsersAction,
                 everywhere: argparse.ArgumentParser) -> None:
    """Add `enroll`."""
    parser = commands.add_parser('enroll', help=_TEXT, description=f'{_TEXT.capitalize()}.',
                                 epilog=_MORE, parents=[everywhere])
    parser.set_defaults(run=_enroll)
    parser.add_argument('source', type=Path, metavar='SOURCE', help='an .npz file, or a folder')
    parser.add_argument('--model', help='who made the vectors (default: what the file says, else '
                                        'face_model of the bridge)')
    parser.add_argument('--override', action='store_true',
                        help='enroll also what the gate refuses, where that can be; as an admin, '
                             'and written down in the audit')
    parser.add_argument('--if-empty', action='store_true',
                        help='do nothing where the bridge knows anybody')
    parser.add_argument('--wait', type=float, default=0.0, metavar='S',
                        help='wait so long for the bridge and for SOURCE to be there')


def _enroll(options: argparse.Namespace) -> int:
    deadline = time.monotonic() + options.wait
    while time.monotonic() < deadline and not (
            options.source.exists() and running_url(options.data_dir)):
        time.sleep(_POLL_S)
    faces = _of_folder(options.source) if options.source.is_dir() else _of_file(
        options.source, options.model)
    role = 'admin' if options.override else 'operator'
    with remote(options.data_dir, 'smartcam enroll', role) as bridge:
        people = _people(bridge)
        if options.if_empty and people:
            print(f'nobody enrolled: {len(people)} people are known already')
            return 0
        known = len(people)
        done = Counter(_enroll_one(bridge, people, face, override=options.override)
                       for face in faces)
    print(f'enrolled {done["enrolled"]} faces, passed over {done["known"]} that were there, '
          f'refused {done["refused"]}; added {len(people) - known} people')
    return 1 if done['refused'] else 0


def _enroll_one(bridge: Remote, people: dict[str, int], face: _Face, *, override: bool) -> str:
    """Enroll a face; return what became of it. Adds to `people`, ids by name."""
    try:
        if face.name not in people:
            people[face.name] = bridge.ask('POST', '/people', {'name': face.name})['id']
        asked = f'/people/{people[face.name]}/templates'
        try:
            bridge.ask('POST', asked, face.body())
        except Refused as refused:
            if refused.status != 422 or refused.code == _KNOWN or not override:
                raise
            bridge.ask('POST', asked, face.body() | {'override': True})
    except Refused as refused:
        if refused.code == _KNOWN:
            return 'known'
        if refused.status != 422:   # it is not about this face
            raise
        print(f'smartcam: {face.name} ({face.where}) is refused: {refused.code}: {refused}',
              file=sys.stderr)
        return 'refused'
    return 'enrolled'


def _people(bridge: Remote) -> dict[str, int]:
    """Return the ids of all people by name."""
    found: dict[str, int] = {}
    page: dict[str, Any] = {'next': ''}
    while page['next'] is not None:
        query = {'limit': 1000} | ({'cursor': page['next']} if page['next'] else {})
        page = bridge.ask('GET', f'/people?{urllib.parse.urlencode(query)}')
        found |= {person['name']: person['id'] for person in page['items']}
    return found


def _of_file(path: Path, model: str | None) -> list[_Face]:
    """Return the faces of an .npz file; raise SmartcamError where it is none of ours."""
    try:
        with np.load(path, allow_pickle=False) as file:
            names, vectors = file['names'], file['vectors']
            model = model or (str(file['model']) if 'model' in file else None)
    except (ValueError, KeyError, AttributeError, zipfile.BadZipFile, EOFError) as error:
        raise SmartcamError(f'{path} is no .npz file with names and vectors: {error}') from error
    if vectors.ndim != 2 or names.shape != vectors.shape[:1] or names.dtype.kind != 'U' or (
            vectors.dtype.kind != 'f'):
        raise SmartcamError(f'{path}: names are {names.shape} of {names.dtype}, vectors '
                            f'{vectors.shape} of {vectors.dtype}; n texts and (n, d) floats are '
                            'needed')
    bad = np.flatnonzero(~np.isfinite(vectors).all(axis=1))
    if len(bad):
        raise SmartcamError(f'{path}: vectors hold NaN or infinity, first in row {bad[0]}')
    told = {'model': model} if model else {}
    return [_Face(name.strip(), f'row {row}',
                  lambda row=row: {'vector': vectors[row].tolist()} | told)
            for row, name in enumerate(names.tolist())]


def _of_folder(path: Path) -> Iterator[_Face]:
    """Yield the faces in pictures, person by person."""
    for folder in sorted(entry for entry in path.iterdir() if entry.is_dir()):
        for picture in sorted(folder.iterdir()):
            if picture.suffix.lower() in _PICTURES:
                yield _Face(folder.name, picture.name, lambda picture=picture: {
                    'picture': base64.b64encode(picture.read_bytes()).decode()})
