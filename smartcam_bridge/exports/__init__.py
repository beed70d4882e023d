"""What was seen as files for other programs, streamed."""
from smartcam_bridge.exports import coco, csv_text, mot
from smartcam_bridge.exports.estimate import Format

FORMATS: dict[str, tuple[Format, str]] = {
    'detections.csv': (csv_text.detections_csv, csv_text.MEDIA_TYPE),
    'coco.json': (coco.coco, coco.MEDIA_TYPE),
    'mot.txt': (mot.mot, mot.MEDIA_TYPE),
    'mot_frames.csv': (mot.mot_frames, csv_text.MEDIA_TYPE)}
"""Exports of boxes: how to write them, and their media type."""

ONE_CAMERA = ('mot.txt', 'mot_frames.csv')
"""Exports that number the frames of a camera."""
