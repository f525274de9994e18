import { describe, expect, it } from 'vitest';
import { isBrokerAway } from './kafka-errors.js';

const named = (name: string, cause?: Error) => Object.assign(new Error(name, { cause }), { name });

describe('isBrokerAway', () => {
  // kafkajs wraps what it will not retry: a cleanly stopped broker ended wallets and invoicing for good.
  it('finds the missing coordinator below what kafkajs wraps it in', () => {
    const lost = named('KafkaJSGroupCoordinatorNotFound');
    expect(isBrokerAway(lost)).toBe(true);
    expect(isBrokerAway(named('KafkaJSNonRetriableError', lost))).toBe(true);
  });

  it.each([named('TypeError'), named('KafkaJSNonRetriableError', named('KafkaJSProtocolError'))])(
    'leaves %s to the end of the process',
    (error) => {
      expect(isBrokerAway(error)).toBe(false);
    },
  );
});
