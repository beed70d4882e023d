"""The people of the demo: who is in the gallery, and their faces on the way to the topics."""
from collections import deque
import os
from pathlib import Path
from typing import Iterator, Mapping

import numpy as np

from smartcam_bridge.companions.cast import Cast
from smartcam_bridge.companions.detector import pillars
from smartcam_bridge.companions.face_view import FaceView, SeenFaces
from smartcam_bridge.companions.face_world import FaceWorld
from smartcam_bridge.companions.scene import Moment
from smartcam_bridge.companions.settings import DemoSettings
from smartcam_bridge.domain.times import NS
from smartcam_bridge.errors import SettingsError, SmartcamError

MODEL = 'arcface'
"""Whose embeddings they are like: their dimension, and its usual threshold fits them."""
_FIRST = ('Ada', 'Bruno', 'Chiara', 'Dmitri', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas',
          'Kaya', 'Leon', 'Mira', 'Nils', 'Olga', 'Pablo', 'Quinn', 'Rosa', 'Samir', 'Tilda')
_LAST = ('Ahrens', 'Bellini', 'Costa', 'Dahl', 'Ekström', 'Falk', 'Grau')


class DemoPeople:
    """Everybody who may play a figure. Names are invented; strangers have a number.

    Raises SettingsError where so many people, or such look-alikes, cannot be.
    """

    def __init__(self, settings: DemoSettings) -> None:
        try:
            self.world = FaceWorld(
                settings.seed, settings.identities, settings.strangers,
                lookalikes=settings.lookalikes, lookalike_cosine=settings.lookalike_cosine)
        except ValueError as error:
            raise SettingsError([f'identities, strangers, lookalikes: {error}']) from error
        self.cast = Cast(seed=settings.seed,
                         size=len(self.world.people) + len(self.world.strangers))

    def name(self, player: int) -> str:
        """Return what somebody is called."""
        if player in self.world.strangers:
            return f'stranger {player - len(self.world.people) + 1}'
        turn, first = divmod(player, len(_FIRST))
        again, last = divmod(first + turn, len(_LAST))
        turns = turn // len(_LAST)
        return f'{_FIRST[first]} {_LAST[last]}' + (f' {turns + 1}' if turns else '')

    def write_gallery(self, path: str, templates: int) -> None:
        """Write what the people of the gallery are enrolled with, for `smartcam enroll`.

        The file is there as a whole or not at all. Raises SmartcamError.
        """
        names = [self.name(player) for player in self.world.people for _ in range(templates)]
        vectors = [self.world.templates(player, templates) for player in self.world.people]
        dimension = self.world.identities.shape[1]
        part = Path(f'{path}.part')
        try:
            part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(part, 'wb') as file:
                np.savez(file, model=MODEL, names=np.array(names, str), vectors=np.concatenate(
                    [np.empty((0, dimension), np.float32), *vectors]))
            os.replace(part, path)
        except OSError as error:
            raise SmartcamError(f'the gallery cannot be written to {path}: {error}') from error


class DemoFaces:
    """The faces of one camera: seen at a moment, ready somewhat later. One thread at a time."""

    def __init__(self, people: DemoPeople, settings: DemoSettings, camera: str,
                 seed: int) -> None:
        walls = [(left, -np.inf, right, np.inf)
                 for left, right in pillars(settings.pillars, settings.width)]
        self._people = people
        self._camera = camera
        self._rate_hz = settings.rate_hz
        self._view = FaceView(
            people.world, seed=seed, width=settings.width, height=settings.height,
            poor=settings.face_poor, nameless=settings.face_no_id,
            walls=np.array(walls).reshape(-1, 4))
        self._delay_ns = round(settings.face_delay_s * NS)
        self._on_the_way: deque[tuple[int, SeenFaces]] = deque()

    @property
    def waiting(self) -> bool:
        """Say whether some are still on their way."""
        return bool(self._on_the_way)

    def meet(self, moment: Moment) -> Mapping[str, int]:
        """Return who plays whom, by tracker id; to be called for each moment, in order."""
        return self._people.cast.play(self._camera, moment)

    def see(self, moment: Moment, stamp_ns: int, players: Mapping[str, int]) -> None:
        """Let an embedder begin to work on a moment."""
        seen = self._view.look(moment, moment.step / self._rate_hz, players)
        self._on_the_way.append((stamp_ns, seen))

    def due(self, now_ns: int) -> Iterator[tuple[int, SeenFaces]]:
        """Return what is ready by now, with the stamps of the moments, oldest first."""
        while self._on_the_way and self._on_the_way[0][0] + self._delay_ns <= now_ns:
            yield self._on_the_way.popleft()
