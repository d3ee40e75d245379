"""What is used of aiokafka, in one place, and the requests that it does not have (field lists: Kafka's protocol guide).

The library carries no type information, so everything from here is Any: its results are converted where they come in.
"""

from typing import Any

from aiokafka.abc import ConsumerRebalanceListener  # type: ignore[import-untyped]
from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType  # type: ignore[import-untyped]
from aiokafka.conn import collect_hosts, create_conn  # type: ignore[import-untyped]
from aiokafka.consumer.group_coordinator import GroupCoordinator  # type: ignore[import-untyped]
from aiokafka.consumer.subscription_state import SubscriptionState  # type: ignore[import-untyped]
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor  # type: ignore[import-untyped]
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata  # type: ignore[import-untyped]
from aiokafka.errors import (  # type: ignore[import-untyped]
    AuthenticationFailedError,
    CorruptRecordException,
    IncompatibleBrokerVersion,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
    for_code,
)
from aiokafka.protocol.admin import (  # type: ignore[import-untyped]
    CreateTopicsRequest,
    DeleteRecordsRequest,
    DescribeConfigsRequest,
    ListGroupsRequest,
)
from aiokafka.protocol.api import Request, RequestStruct, Response  # type: ignore[import-untyped]
from aiokafka.protocol.fetch import FetchRequest  # type: ignore[import-untyped]
from aiokafka.protocol.group import HeartbeatRequest, LeaveGroupRequest  # type: ignore[import-untyped]
from aiokafka.protocol.metadata import MetadataRequest  # type: ignore[import-untyped]
from aiokafka.protocol.offset import OffsetRequest  # type: ignore[import-untyped]
from aiokafka.protocol.produce import ProduceRequest  # type: ignore[import-untyped]
from aiokafka.protocol.transaction import (  # type: ignore[import-untyped]
    AddOffsetsToTxnRequest,
    AddPartitionsToTxnRequest,
    EndTxnRequest,
    InitProducerIdRequest,
)
from aiokafka.protocol.types import (  # type: ignore[import-untyped]
    Array,
    Boolean,
    CompactArray,
    CompactString,
    Int8,
    Int16,
    Int32,
    Int64,
    Schema,
    String,
    TaggedFields,
)
from aiokafka.record.control_record import ABORT_MARKER, ControlRecord  # type: ignore[import-untyped]
from aiokafka.record.default_records import DefaultRecordBatchBuilder  # type: ignore[import-untyped]
from aiokafka.record.memory_records import MemoryRecords  # type: ignore[import-untyped]

DEFAULT, COORDINATION = ConnectionGroup.DEFAULT, ConnectionGroup.COORDINATION
GROUP, TRANSACTION = CoordinationType.GROUP, CoordinationType.TRANSACTION
READ_UNCOMMITTED, READ_COMMITTED = 0, 1
SET = 0
"""Operation of IncrementalAlterConfigs."""
TOPIC_RESOURCE = 2


class _TxnOffsetCommitResponse(Response):  # type: ignore[misc]
    API_KEY = 28
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", CompactString()),
                ("partitions", CompactArray(("partition_index", Int32), ("error_code", Int16), ("tags", TaggedFields))),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _TxnOffsetCommit(RequestStruct):  # type: ignore[misc]
    API_KEY = 28
    API_VERSION = 3
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _TxnOffsetCommitResponse
    SCHEMA = Schema(
        ("transactional_id", CompactString()),
        ("group_id", CompactString()),
        ("producer_id", Int64),
        ("producer_epoch", Int16),
        ("generation_id", Int32),
        ("member_id", CompactString()),
        ("group_instance_id", CompactString()),
        (
            "topics",
            CompactArray(
                ("name", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition_index", Int32),
                        ("committed_offset", Int64),
                        ("committed_leader_epoch", Int32),
                        ("committed_metadata", CompactString()),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class TxnOffsetCommitRequest(Request[_TxnOffsetCommit]):  # type: ignore[misc]
    """With the member's generation, so that the group's coordinator refuses one that is over (KIP-447). Brokers from 2.5 on."""

    API_KEY = 28

    def __init__(self, *fields: Any) -> None:
        self._fields = fields

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(*self._fields)


class _OffsetFetchResponse(Response):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 7
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition_index", Int32),
                        ("committed_offset", Int64),
                        ("committed_leader_epoch", Int32),
                        ("metadata", CompactString()),
                        ("error_code", Int16),
                        ("tags", TaggedFields),
                    ),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("error_code", Int16),
        ("tags", TaggedFields),
    )


class _OffsetFetch(RequestStruct):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 7
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _OffsetFetchResponse
    SCHEMA = Schema(
        ("group_id", CompactString()),
        ("topics", CompactArray(("name", CompactString()), ("partition_indexes", CompactArray(Int32)), ("tags", TaggedFields))),
        ("require_stable", Boolean),
        ("tags", TaggedFields),
    )


class OffsetFetchRequest(Request[_OffsetFetch]):  # type: ignore[misc]
    """With `require_stable`, so that a position is not told while a transaction that moves it is being ended (KIP-447). Brokers from 2.5 on."""

    API_KEY = 9

    def __init__(self, group: str, topics: list[tuple[str, list[int]]] | None, require_stable: bool) -> None:
        rows: list[Any] | None = None if topics is None else [(name, numbers, {}) for name, numbers in topics]
        self._fields: tuple[Any, ...] = (group, rows, require_stable, {})

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(*self._fields)


class _IncrementalAlterConfigsResponse(Response):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("responses", Array(("error_code", Int16), ("error_message", String()), ("resource_type", Int8), ("resource_name", String()))),
    )


class _IncrementalAlterConfigs(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = _IncrementalAlterConfigsResponse
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String()),
                ("configs", Array(("name", String()), ("config_operation", Int8), ("value", String()))),
            ),
        ),
        ("validate_only", Boolean),
    )


class IncrementalAlterConfigsRequest(Request[_IncrementalAlterConfigs]):  # type: ignore[misc]
    """Changes the named settings and no other (KIP-339). Brokers from 2.3 on."""

    API_KEY = 44

    def __init__(self, resources: list[tuple[int, str, list[tuple[str, int, str]]]]) -> None:
        self._resources = resources

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(self._resources, False)


__all__ = [
    "ABORT_MARKER", "COORDINATION", "DEFAULT", "GROUP", "READ_COMMITTED", "READ_UNCOMMITTED", "SET", "TOPIC_RESOURCE", "TRANSACTION",
    "AIOKafkaClient", "AbstractPartitionAssignor", "AddOffsetsToTxnRequest", "AddPartitionsToTxnRequest", "AuthenticationFailedError",
    "CompactArray", "CompactString", "ConsumerProtocolMemberAssignment", "ConsumerProtocolMemberMetadata", "ConsumerRebalanceListener",
    "ControlRecord", "CorruptRecordException", "CreateTopicsRequest", "DefaultRecordBatchBuilder", "DeleteRecordsRequest",
    "DescribeConfigsRequest", "EndTxnRequest", "FetchRequest", "GroupCoordinator", "HeartbeatRequest", "IncompatibleBrokerVersion",
    "IncrementalAlterConfigsRequest", "InitProducerIdRequest", "Int16", "Int32", "Int64", "KafkaError", "LeaveGroupRequest", "ListGroupsRequest",
    "MemoryRecords", "MetadataRequest", "OffsetFetchRequest", "OffsetRequest", "ProduceRequest", "Request", "RequestStruct", "Response",
    "SaslAuthenticationFailed", "Schema", "SubscriptionState", "TaggedFields", "TxnOffsetCommitRequest", "UnsupportedSaslMechanismError",
    "collect_hosts", "create_conn", "for_code",
]  # fmt: skip
