"""What publishers offer against what is asked for: a mismatch is said in words, never silent."""
from rclpy.node import Node
from rclpy.qos import (
    HistoryPolicy, qos_check_compatible, QoSCompatibility, QoSPolicyKind, QoSProfile,
    ReliabilityPolicy)
from rclpy.qos_overriding_options import QoSOverridingOptions

OVERRIDES = QoSOverridingOptions(policy_kinds=(
    QoSPolicyKind.HISTORY, QoSPolicyKind.DEPTH, QoSPolicyKind.RELIABILITY,
    QoSPolicyKind.DURABILITY, QoSPolicyKind.DEADLINE, QoSPolicyKind.LIFESPAN,
    QoSPolicyKind.LIVELINESS, QoSPolicyKind.LIVELINESS_LEASE_DURATION))


def sensor_data(depth: int) -> QoSProfile:
    """Return sensor-data QoS (REP-2003: best effort, volatile) `depth` messages of history."""
    return QoSProfile(history=HistoryPolicy.KEEP_LAST, depth=depth,
                      reliability=ReliabilityPolicy.BEST_EFFORT)


def problems(node: Node, topic: str, type_name: str, asked: QoSProfile) -> list[str]:
    """Return a sentence per publisher of `topic` (resolved) whose messages cannot arrive here.

    asked: the subscription's QoS as it really is, after overrides.
    """
    sentences = []
    for offer in node.get_publishers_info_by_topic(topic):
        who = f'{offer.node_namespace.rstrip("/")}/{offer.node_name}'
        if 'UNKNOWN' in who:    # the middleware's word for a node that it is yet to hear of
            who = 'a node just met'
        if offer.topic_type != type_name:
            sentences.append(f'{topic}: {who} publishes {offer.topic_type}, not {type_name}; '
                             'remap the topic or the publisher.')
            continue
        verdict, reason = qos_check_compatible(offer.qos_profile, asked)
        if verdict == QoSCompatibility.ERROR:
            reason = ' '.join(reason.removeprefix('ERROR: ').split()).rstrip(';. ')
            sentences.append(
                f'{topic}: nothing arrives from {who}, its QoS does not match ({reason}). Set '
                f'qos_overrides.{topic}.subscription.* here, or change the publisher.')
    return sentences
