import cv2
import numpy as np
import pytest
from smartcam_bridge.companions.embedder.backends import load_pipeline
from smartcam_bridge.companions.embedder.detectors import WholePicture
from smartcam_bridge.companions.embedder.model_file import ModelError
from smartcam_bridge.companions.embedder.pipeline import FacePipeline
from smartcam_bridge.companions.embedder.recognizers import FaceInput, OnnxRecognizer
from smartcam_bridge.companions.embedder.settings import EmbedderSettings, problems_of
from smartcam_bridge.errors import FrameError
from smartcam_bridge.specs import specs_of
from tiny_networks import cosine, DIMENSION, face, MEAN, picture


@pytest.fixture
def pipeline(networks):
    def load(**settings) -> FacePipeline:
        return load_pipeline(EmbedderSettings(**(networks | settings)))
    return load


def test_faces_come_the_largest_first_with_quality_and_embedding(pipeline):
    pixels = np.full((512, 640, 3), 120, np.uint8)
    pixels[64:96, 64:96] = face(1)
    faces = pipeline().process(pixels)
    assert faces.corners.round().tolist() == [[64, 64, 96, 96]]
    size, sharpness, pose = faces.quality[0]
    assert size == pytest.approx(32 / 112, abs=0.01) and pose > 0.99 and sharpness > 0.5
    assert faces.vectors.shape == (1, DIMENSION)


def test_the_same_face_elsewhere_has_the_same_embedding_and_another_has_not(pipeline):
    faces = pipeline().process(picture({(1, 1): 7, (6, 4): 7, (3, 6): 8}))
    by_cell = {tuple((c[:2] // 32).astype(int)): v for c, v in zip(
        faces.corners.round(), faces.vectors)}
    assert cosine(by_cell[1, 1], by_cell[6, 4]) > 0.999
    assert cosine(by_cell[1, 1], by_cell[3, 6]) < 0.5


def test_faces_are_cut_out_of_the_whole_picture_not_of_what_the_detector_saw(pipeline):
    large = cv2.resize(picture({(2, 2): 4}), None, fx=8, fy=8, interpolation=cv2.INTER_NEAREST)
    faces = pipeline(detector_px=320).process(large)
    assert faces.corners.round().tolist() == [[512, 512, 768, 768]] and faces.quality[0][0] == 1
    blocks = cv2.resize(face(4), (112, 112), interpolation=cv2.INTER_NEAREST)[:, :, ::-1]
    expected = (blocks.reshape(7, 16, 7, 16, 3).mean(axis=(1, 3)) - MEAN).transpose(2, 0, 1)
    # Scaled to the detector's 32 px and up again it would be 0.95.
    assert cosine(faces.vectors[0], expected.ravel()) > 0.99


def test_a_picture_without_faces_has_none(pipeline):
    faces = pipeline().process(picture({}))
    assert [len(part) for part in (faces.corners, faces.scores, faces.quality, faces.vectors)
            ] == [0] * 4


def test_small_and_surplus_faces_are_left_out_and_counted(pipeline):
    whole = pipeline(min_face_px=40)
    assert len(whole.process(picture({(1, 1): 1, (4, 4): 2})).scores) == 0 and whole.small == 2
    whole = pipeline(max_faces=2)
    assert len(whole.process(picture({(1, 1): 1, (4, 4): 2, (7, 1): 3})).scores) == 2
    assert whole.surplus == 1


def test_a_face_at_the_edge_is_cut_to_the_picture(pipeline):
    pixels = picture({(0, 0): 1}, width=330, height=250)
    faces = pipeline().process(pixels)
    assert (faces.corners >= 0).all() and (faces.corners <= [330, 250, 330, 250]).all()


def test_rows_with_padding_are_taken(pipeline):
    padded = np.zeros((256, 400, 3), np.uint8)
    padded[:, :320] = picture({(2, 1): 1})
    assert pipeline().process(padded[:, :320]).corners.round().tolist() == [[64, 32, 96, 64]]


def test_an_embedding_that_is_no_number_is_left_out_with_its_face():
    def run(blob: np.ndarray) -> np.ndarray:
        return np.float32([[1, np.nan]]) if blob.max() < 0.5 else np.float32([[1, 2]])

    whole = FacePipeline(WholePicture(), OnnxRecognizer(run, FaceInput(divisor=255)), min_px=1,
                         faces_max=9)
    dark = whole.process(np.zeros((50, 50, 3), np.uint8))
    assert len(dark.scores) == len(dark.vectors) == 0 and whole.unusable == 1
    assert whole.process(np.full((50, 50, 3), 200, np.uint8)).vectors.tolist() == [[1, 2]]


def test_a_picture_that_a_network_fails_on_is_an_error_of_that_picture():
    def run(blob: np.ndarray) -> np.ndarray:
        raise RuntimeError('out of memory')

    whole = FacePipeline(WholePicture(), OnnxRecognizer(run, FaceInput()), min_px=1, faces_max=9)
    with pytest.raises(FrameError, match='a picture of 40 x 30 cannot be .*out of memory'):
        whole.process(np.zeros((30, 40, 3), np.uint8))


def test_without_a_detector_the_picture_is_the_face(pipeline):
    whole = pipeline(detector='none', detector_path='', recognizer='onnx', runtime='opencv',
                     input_mean=0.0, input_divisor=1.0)
    pixels = cv2.resize(face(3), (200, 240), interpolation=cv2.INTER_NEAREST)
    faces = whole.process(pixels)
    assert faces.corners.tolist() == [[0, 0, 200, 240]]
    assert np.isnan(faces.quality[0][2]) and faces.quality[0][0] == 1
    known = pipeline().process(picture({(2, 2): 3}))
    assert cosine(faces.vectors[0], known.vectors[0]) > 0.9


def test_a_missing_model_is_told_by_its_parameter(pipeline):
    with pytest.raises(ModelError, match='detector_path: name the file of the model'):
        pipeline(detector_path='')
    with pytest.raises(ModelError, match='recognizer_path: .*nowhere.onnx. cannot be read'):
        pipeline(recognizer_path='/nowhere.onnx')
    with pytest.raises(ModelError, match='does not have the SHA-256 abcd'):
        pipeline(recognizer_sha256='abcd')


@pytest.mark.parametrize('settings, told', [
    ({'cameras': ('a/b',)}, "'a/b' is not a camera name"),
    ({'cameras': ('a', 'a')}, 'a name stands twice'),
    ({'cameras': ('',), 'enroll_topic': ''}, 'there is nothing to do'),
    ({'detector': 'dlib'}, 'dlib goes with recognizer dlib only')])
def test_settings_that_contradict_each_other_are_told(settings, told):
    values = {spec.name: spec.default for spec in specs_of(EmbedderSettings)} | settings
    (problem,) = problems_of(values)
    assert told in problem


def test_the_defaults_do_not_contradict_each_other():
    values = {spec.name: spec.default for spec in specs_of(EmbedderSettings)}
    assert problems_of(values) == problems_of({}) == []
    assert all(spec.problem(spec.default) is None for spec in specs_of(EmbedderSettings))
