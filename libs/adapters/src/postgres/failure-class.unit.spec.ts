import { KafkaJSProtocolError } from 'kafkajs';
import { expect, test } from 'vitest';
import { DeadlineExceeded, PartitionHalted } from '../kafka/kafka-errors.js';
import { failureClassOf } from './failure-class.js';

const withCode = (code: string) => Object.assign(new Error(code), { code });
const protocolError = (type: string) =>
  new KafkaJSProtocolError(Object.assign(new Error(type), { type, code: 27, retriable: false }));

test.each([
  ['22003', 'deterministic'],
  ['23505', 'deterministic'],
  ['08006', 'transient'],
  ['40001', 'transient'],
  ['40P01', 'transient'],
  ['53300', 'transient'],
  ['57P01', 'transient'],
  ['55P03', 'transient'],
  ['42P01', 'programmer'],
  ['ECONNREFUSED', 'transient'],
])('%s is %s', (code, expected) => {
  expect(failureClassOf(withCode(code))).toBe(expected);
});

test.each([
  [new TypeError('x is not a function'), 'programmer'],
  [new RangeError('out of range'), 'programmer'],
  [new SyntaxError('unexpected token'), 'programmer'],
  [new ReferenceError('x is not defined'), 'programmer'],
  [new Error('an invariant is broken'), 'programmer'],
  ['a thrown string', 'programmer'],
  [new Error('Connection terminated unexpectedly'), 'transient'],
  [new AggregateError([withCode('ECONNREFUSED')]), 'transient'],
  [new DeadlineExceeded('late'), 'transient'],
  [new PartitionHalted('gap', 'hole'), 'halt'],
  [protocolError('REBALANCE_IN_PROGRESS'), 'rebalance'],
  [protocolError('ILLEGAL_GENERATION'), 'rebalance'],
  [protocolError('LEADER_NOT_AVAILABLE'), 'transient'],
])('%s is %s', (error, expected) => {
  expect(failureClassOf(error)).toBe(expected);
});
