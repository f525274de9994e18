import { describe, expect, it } from 'vitest';
import { auditorRole, databaseUrls, declaredRoles, rolePassword, rolesOf } from './roles.js';
import { declaredTopics, topicsOf } from './topics.js';

describe('the declared topics', () => {
  const local = topicsOf(declaredTopics(), 'local');
  const production = topicsOf(declaredTopics(), 'production');
  const named = (topics: typeof local, name: string) =>
    topics.find((topic) => topic.name === name)!;
  const sameCount = [
    'usage.accepted.v1',
    'charges.rated.v1',
    'charges.paid.v1',
    'documents.v1',
    'customer-profiles.v1',
  ];

  it('give a customer the same partition in each of its topics', () => {
    expect(sameCount.map((name) => named(local, name).partitions)).toEqual([8, 8, 8, 8, 8]);
    expect(sameCount.map((name) => named(production, name).partitions)).toEqual([
      48, 48, 48, 48, 48,
    ]);
  });

  it('keep the catalog for ever in one partition, whatever the environment', () => {
    for (const topics of [local, production]) {
      expect(named(topics, 'catalog.v1')).toMatchObject({
        partitions: 1,
        config: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' },
      });
    }
  });

  it('compact profiles and nothing else', () => {
    const compacted = local.filter((topic) => topic.config['cleanup.policy'] === 'compact');
    expect(compacted.map(({ name }) => name)).toEqual(['customer-profiles.v1']);
  });

  it('lose nothing locally, and need two replicas in production', () => {
    expect(named(local, 'usage.accepted.v1').config['retention.ms']).toBe('-1');
    expect(named(local, 'usage.accepted.v1').config['min.insync.replicas']).toBe('1');
    expect(named(production, 'usage.accepted.v1').config['min.insync.replicas']).toBe('2');
  });

  it('time every record by its append, and take 4 MiB', () => {
    for (const topic of [...local, ...production]) {
      expect(topic.config['message.timestamp.type']).toBe('LogAppendTime');
      expect(topic.config['max.message.bytes']).toBe(String(4 * 1024 * 1024));
    }
  });

  it('take a prefix and a partition count', () => {
    const topics = topicsOf(declaredTopics(), 'local', { prefix: 't1.', partitions: 3 });
    expect(topics.map(({ name, partitions }) => `${name} ${partitions}`)).toContain(
      't1.charges.rated.v1 3',
    );
    expect(topics.map(({ name, partitions }) => `${name} ${partitions}`)).toContain(
      't1.catalog.v1 1',
    );
  });
});

describe('the declared roles', () => {
  it('let the batch roles and the auditor past row-level security, and nobody else', () => {
    const past = rolesOf(declaredRoles()).filter((role) => role.bypassRls);
    expect(past.map(({ name }) => name)).toEqual([
      'catalog_batch',
      'rating_batch',
      'wallets_batch',
      'invoicing_batch',
      auditorRole,
    ]);
  });

  it('give each role a password of its own, the same for everyone with the secret', () => {
    const names = rolesOf(declaredRoles()).map(({ name }) => name);
    const passwords = names.map((name) => rolePassword('secret', name));
    expect(new Set(passwords).size).toBe(names.length);
    expect(names.map((name) => rolePassword('secret', name))).toEqual(passwords);
    expect(rolePassword('other', names[0]!)).not.toBe(passwords[0]);
  });

  it('are addressed in the database asked for, with the options of the URL given', () => {
    const urls = databaseUrls({
      adminUrl: 'postgres://me:pw@host:5433/postgres?sslmode=require',
      database: 'a b',
      secret: 's',
    });
    expect(Object.keys(urls.schemas)).toEqual(['catalog', 'rating', 'wallets', 'invoicing']);
    const url = new URL(urls.schemas.rating!.batch);
    expect(url.username).toBe('rating_batch');
    expect(url.password).toBe(rolePassword('s', 'rating_batch'));
    expect(`${url.host}${url.pathname}${url.search}`).toBe('host:5433/a%20b?sslmode=require');
    expect(new URL(urls.auditor).username).toBe(auditorRole);
  });
});
