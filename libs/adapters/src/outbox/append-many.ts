import type { Transaction } from '../postgres/transaction.js';
import { keyBytesOf, type OutboxMessage } from './outbox.js';

/**
 * Like `appendToOutbox` for each message in its order, in two statements whatever their number. The rows of the target
 * partitions are locked in one order, so two such transactions cannot deadlock. Answers the targets, for `notify`.
 */
export async function appendManyToOutbox(
  tx: Transaction,
  messages: readonly OutboxMessage[],
): Promise<readonly { readonly topic: string; readonly partition: number }[]> {
  if (messages.length === 0) return [];
  const topics = messages.map((message) => message.topic);
  const partitions = messages.map((message) => message.partition);
  const targets = await tx.query<{ topic: string; partition: number; first: string }>(
    `insert into outbox_partitions as p (topic, partition, last_number)
     select topic, partition, count(*) from unnest($1::text[], $2::integer[]) as t (topic, partition)
      group by topic, partition order by topic, partition
     on conflict (topic, partition) do update set last_number = p.last_number + excluded.last_number
     returning topic, partition, last_number - (
       select count(*) from unnest($1::text[], $2::integer[]) as t (topic, partition)
        where t.topic = p.topic and t.partition = p.partition) as first`,
    [topics, partitions],
  );
  await tx.execute(
    `insert into outbox (topic, partition, number, key, value)
     select m.topic, m.partition,
            t.first + row_number() over (partition by m.topic, m.partition order by m.place), m.key, m.value
       from unnest($1::text[], $2::integer[], $3::bytea[], $4::bytea[])
              with ordinality as m (topic, partition, key, value, place)
       join unnest($5::text[], $6::integer[], $7::bigint[]) as t (topic, partition, first)
         on t.topic = m.topic and t.partition = m.partition`,
    [
      topics,
      partitions,
      messages.map(keyBytesOf),
      messages.map(({ value }) => value && Buffer.from(value)),
      targets.map((target) => target.topic),
      targets.map((target) => target.partition),
      targets.map((target) => target.first),
    ],
  );
  return targets.map(({ topic, partition }) => ({ topic, partition }));
}
