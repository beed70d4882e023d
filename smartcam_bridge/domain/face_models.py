"""Which embedders are known, and from which similarity on they mean the same person.

Thresholds are cosines, each of its own scale: they never compare between models.

- `sface`: 0.363, of OpenCV's FaceRecognizerSF tutorial (docs.opencv.org, "DNN-based Face
  Detection And Recognition"), chosen there on LFW.
- `arcface`: 0.40, the usual choice for 512-d ArcFace (InsightFace's buffalo models and kin).
"""
from dataclasses import dataclass
from typing import Iterable, Mapping

from smartcam_bridge.setting_rules import threshold_rule


@dataclass(frozen=True, slots=True)
class FaceModel:
    """An embedder. dimension 0: not known beforehand. threshold: cosine, in (0,1)."""

    name: str
    threshold: float
    dimension: int = 0


KNOWN: Mapping[str, FaceModel] = {
    'sface': FaceModel('sface', 0.363, 128),
    'arcface': FaceModel('arcface', 0.40, 512)}


def find_model(name: str, rules: Iterable[str]) -> FaceModel | None:
    """Return the model with its threshold; None: it is unknown, and no rule says its threshold.

    rules: as of the setting `face_thresholds`, the last one for a model counts.
    """
    known = KNOWN.get(name)
    threshold = known.threshold if known else None
    for rule in rules:
        parsed = threshold_rule(rule)
        if parsed is not None and parsed[0] == name:
            threshold = parsed[1]
    if threshold is None:
        return None
    return FaceModel(name, threshold, known.dimension if known else 0)
