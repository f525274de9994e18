const SUFFIX = '.test';

/** The test twin of a tenant: a tenant of its own, to which the test keys belong. */
export function twinIdOf(tenant: string): string {
  return tenant + SUFFIX;
}

/** No tenant's own id has a dot. */
export function isTwin(tenant: string): boolean {
  return tenant.endsWith(SUFFIX);
}
