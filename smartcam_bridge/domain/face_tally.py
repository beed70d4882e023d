"""What became of the faces of a camera, counted by kind."""
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from smartcam_bridge.domain.counters import Counters


@dataclass(slots=True)
class FaceTally(Counters):
    """Counters of one camera since its start. Ingest thread only."""

    faces: int = 0                  # that came in, in all messages
    paired: int = 0                 # messages of faces that met their embeddings
    unpaired_faces: int = 0         # messages without their embeddings, in time
    unpaired_embeddings: int = 0    # and the other way round
    mismatched: int = 0             # pairs of which one has more rows than the other
    twice: int = 0                  # messages whose stamp was there before
    dropped: int = 0                # messages that had no room to wait in
    unknown_model: int = 0          # from here on: faces
    wrong_dimension: int = 0
    not_finite: int = 0
    no_length: int = 0
    no_box: int = 0                 # outside the frame, without area, or not finite
    too_small: int = 0
    too_poor: int = 0
    trackless: int = 0              # in no track's box
    torn: int = 0                   # two tracks were as likely, or two faces for one track
    contradicted: int = 0           # the track that the id tells is elsewhere
    compared: int = 0               # with the gallery
    withheld: int = 0               # of those: like somebody who must not be recognised
    known: int = 0                  # from here on: tracks, each time that this is what they are
    unknown: int = 0
    ambiguous: int = 0

    SENTENCES: ClassVar[Mapping[str, str]] = {
        'unpaired_faces': '{} messages of faces never met their embeddings: both need the same '
                          'stamp and frame_id.',
        'unpaired_embeddings': '{} messages of face embeddings never met their faces: both need '
                               'the same stamp and frame_id.',
        'mismatched': '{} messages of faces had another number of embeddings.',
        'twice': '{} messages of faces or embeddings came twice.',
        'dropped': '{} messages of faces or embeddings were dropped because too many waited for '
                   'their other half.',
        'unknown_model': '{} faces were not compared: the threshold of their model is not known '
                         '(setting face_thresholds).',
        'wrong_dimension': '{} faces were not compared: their embeddings have another dimension '
                           'than their model.',
        'not_finite': '{} faces were not compared: their embeddings hold NaN or infinity.',
        'no_length': '{} faces were not compared: their embeddings are zero.',
        'no_box': '{} faces were refused: outside the frame, without area, or not finite.',
        'contradicted': '{} faces were told to belong to a track that is elsewhere.'}
