import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { status, type ServerDuplexStream } from '@grpc/grpc-js';
import { createLogger } from '@farthing/adapters/telemetry/logger';
import { expect, it } from 'vitest';
import { RequestRefused } from '../errors.js';
import { answerInTurn } from './answer-in-turn.js';
import { GrpcRefusals } from './grpc-refusals.js';

type Call = ServerDuplexStream<number, string>;

/** A stream of numbers of which the first `asked` are there, that takes `room` answers before somebody reads them. */
function callOf(asked: number, room = 16) {
  const answers: string[] = [];
  let next = 0;
  let resume: (() => void) | undefined;
  const duplex = new Duplex({
    objectMode: true,
    writableHighWaterMark: room,
    readableHighWaterMark: 1,
    read() {
      this.push(next < asked ? next : null);
      next += 1;
    },
    write(answer: string, _, done) {
      answers.push(answer);
      if (answers.length < room) done();
      else resume = done;
    },
  });
  const errors: unknown[] = [];
  duplex.on('error', (error) => errors.push(error));
  return {
    call: duplex as unknown as Call,
    answers,
    errors,
    read: () => next,
    readAnswers: () => resume?.(),
  };
}

const counted: string[] = [];
const refusals = new GrpcRefusals(
  { requestRefused: (code) => counted.push(code) },
  createLogger({ service: 'spec', level: 'silent' }),
);
const refusalOf = (error: unknown) => refusals.of(error);

it('answers one after another', async () => {
  const { call, answers } = callOf(3);
  let atOnce = 0;
  await answerInTurn(call, {
    answer: async (asked) => {
      atOnce += 1;
      await sleep(1);
      expect(atOnce).toBe(1);
      atOnce -= 1;
      return `answer ${asked}`;
    },
    refusalOf,
  });
  expect(answers).toEqual(['answer 0', 'answer 1', 'answer 2']);
});

it('waits where there is no room, and reads nothing meanwhile', async () => {
  const { call, answers, errors, read } = callOf(50, 100);
  let refused = 0;
  await answerInTurn(call, {
    answer: async (asked) => {
      if (refused < 3) {
        refused += 1;
        // Two in the buffer of the stream, whatever it does while this one waits.
        expect(read()).toBeLessThan(4);
        throw new RequestRefused(refused === 1 ? 'rate_limited' : 'overloaded', 0.005);
      }
      return Promise.resolve(`answer ${asked}`);
    },
    refusalOf,
  });
  expect(answers).toHaveLength(50);
  expect(errors).toEqual([]);
});

it('waits for a client that does not read its answers', async () => {
  const { call, answers, readAnswers } = callOf(10, 2);
  const ended = answerInTurn(call, { answer: (asked) => Promise.resolve(`${asked}`), refusalOf });
  await sleep(20);
  expect(answers).toHaveLength(2);
  readAnswers();
  const reading = setInterval(readAnswers, 1);
  await ended;
  clearInterval(reading);
});

it('ends with a refusal that waiting does not help, counted once', async () => {
  counted.length = 0;
  const { call, answers, errors } = callOf(3);
  await answerInTurn(call, {
    answer: (asked) =>
      asked === 1
        ? Promise.reject(new RequestRefused('deadline_exceeded', 1))
        : Promise.resolve(`${asked}`),
    refusalOf,
  });
  expect(answers).toEqual(['0']);
  expect(errors).toMatchObject([{ code: status.UNAVAILABLE, details: 'deadline_exceeded' }]);
  expect(
    (errors[0] as { metadata: { get: (name: string) => string[] } }).metadata.get('retry-after'),
  ).toEqual(['1']);
  expect(counted).toEqual(['deadline_exceeded']);
});

it('ends with a bug as an internal error', async () => {
  const { call, errors } = callOf(1);
  await answerInTurn(call, { answer: () => Promise.reject(new TypeError('oops')), refusalOf });
  expect(errors).toMatchObject([{ code: status.INTERNAL, details: 'internal' }]);
});

it('waits for room no longer than half a minute, and not at all for a client that is gone', async () => {
  const patient = callOf(1);
  await answerInTurn(patient.call, {
    answer: () => Promise.reject(new RequestRefused('overloaded', 31)),
    refusalOf,
  });
  expect(patient.errors).toMatchObject([{ details: 'overloaded' }]);
  const gone = callOf(1);
  const ended = answerInTurn(gone.call, {
    answer: () => Promise.reject(new RequestRefused('overloaded', 20)),
    refusalOf,
  });
  await sleep(5);
  gone.call.emit('cancelled', 'cancelled');
  await ended;
  expect(gone.errors).toEqual([]);
});
