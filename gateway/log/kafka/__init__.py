"""The log on Apache Kafka, through aiokafka."""

from gateway.log.kafka.log import KafkaLog

__all__ = ["KafkaLog"]
