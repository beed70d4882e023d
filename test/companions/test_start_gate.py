from smartcam_bridge.companions.start_gate import StartGate

SECOND = 1_000_000_000


def test_it_opens_at_once_where_no_wait_is_asked():
    assert StartGate(0.0, lambda: ['a'], print).is_open(5 * SECOND)


def test_it_opens_a_moment_after_the_last_camera_has_a_subscriber():
    missing = ['a', 'b']
    gate = StartGate(10.0, lambda: missing, print)
    assert not gate.is_open(1 * SECOND)
    missing.remove('a')
    assert not gate.is_open(2 * SECOND)
    missing.remove('b')
    assert not gate.is_open(3 * SECOND)
    assert gate.is_open(4 * SECOND)


def test_a_subscriber_that_leaves_again_starts_the_moment_anew():
    missing = []
    gate = StartGate(10.0, lambda: missing, print)
    assert not gate.is_open(1 * SECOND)
    missing.append('a')
    assert not gate.is_open(2 * SECOND)
    missing.clear()
    assert not gate.is_open(3 * SECOND)
    assert gate.is_open(3 * SECOND + SECOND // 2)


def test_it_opens_with_a_warning_when_the_wait_is_over():
    warnings = []
    gate = StartGate(10.0, lambda: ['b', 'c'], warnings.append)
    assert not gate.is_open(1 * SECOND)
    assert not gate.is_open(10 * SECOND)
    assert gate.is_open(11 * SECOND)
    assert warnings == ['begins without subscribers of b, c']
