"""What can go wrong, by cause. Every error says what, where and what to do."""


class SmartcamError(Exception):
    """Base of every error that this package raises on purpose."""


class SettingsError(SmartcamError):
    """Report every invalid setting at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__('\n'.join(['invalid settings:', *(f'  {p}' for p in problems)]))


class DecodeError(SmartcamError):
    """A message's bytes are not what its type says; `offset` is where that shows."""

    def __init__(self, what: str, offset: int) -> None:
        self.what = what
        self.offset = offset
        super().__init__(f'{what} at byte {offset}')


class FrameError(SmartcamError):
    """A frame's pixels cannot be turned into a picture (encoding, size or step is wrong)."""


class StoreError(SmartcamError):
    """The store cannot do what was asked."""


class SchemaTooNew(StoreError):
    """The file was written by a newer smartcam_bridge; this one must not touch it."""


class StoreUnavailable(StoreError):
    """The file cannot be read or written at present (locked, full, read-only, damaged)."""


class QueueFull(StoreError):
    """The recorder's queue has no room for another command; try again later."""


class NotFound(SmartcamError):
    """What was asked for does not exist."""


class Conflict(SmartcamError):
    """What was asked for contradicts what exists (a second camera of the same name, say)."""


class RetentionError(SmartcamError):
    """Report everything that is wrong with a camera's retention at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__('; '.join(problems))


class LabelRulesError(SmartcamError):
    """Report everything that is wrong with a camera's rules for labels at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__('; '.join(problems))


class BadCursor(SmartcamError, ValueError):
    """The cursor is damaged or belongs to another query; begin again without one."""


class UnknownFrameSize(SmartcamError):
    """Pixels were asked for of a camera that never told how many it has."""


class ShapeError(SmartcamError):
    """A zone, tripwire or mask cannot be as it was drawn; `where` is the part of it."""

    def __init__(self, where: str, reason: str) -> None:
        self.where = where
        self.reason = reason
        super().__init__(f'{where}: {reason}')


class GalleryError(SmartcamError):
    """A vector cannot be compared, or the gallery has no room; `code` is for programs."""

    def __init__(self, code: str, reason: str) -> None:
        self.code = code
        super().__init__(reason)


class EnrollRefused(SmartcamError):
    """A face is not good enough for a template; `code` is for programs.

    person_id: of whom it is nearer to or a duplicate of, similarity: how much; else 0.
    """

    def __init__(self, code: str, reason: str, *, person_id: int = 0,
                 similarity: float = 0.0) -> None:
        self.code = code
        self.person_id = person_id
        self.similarity = similarity
        super().__init__(reason)


class RecognitionError(SmartcamError):
    """Report everything that is wrong with a camera's rules of recognition at once."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__('; '.join(problems))


class EmbedderUnavailable(SmartcamError):
    """Nothing that makes embeddings of pictures answers; run a `face_embedder`."""
