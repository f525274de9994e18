import type { KafkaMessage } from 'kafkajs';
import type { ConsumedRecord } from './batch-handler.js';

export function recordFromMessage(message: KafkaMessage): ConsumedRecord {
  return {
    offset: BigInt(message.offset),
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
    appendedAtMs: Number(message.timestamp),
  };
}
