import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto';

/** The private half stays in this object and where its PEM is kept. */
export interface SigningKey {
  /** `key_` and 32 hex digits: SHA-256 of the public key. */
  readonly keyId: string;
  /** 32 raw bytes in base64url. */
  readonly publicKey: string;
  /** Ed25519 (RFC 8032), base64url; the same bytes give the same signature. */
  sign(bytes: Uint8Array): string;
}

/** A new private key as PKCS #8 in PEM. */
export function makeKeyPem(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
}

/** Throws for what is no Ed25519 key. */
export function signingKeyFrom(pem: string): SigningKey {
  const privateKey = createPrivateKey(pem);
  if (privateKey.asymmetricKeyType !== 'ed25519') throw new Error('the key is no Ed25519 key');
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = x!;
  const fingerprint = createHash('sha256')
    .update(Buffer.from(publicKey, 'base64url'))
    .digest('hex');
  return {
    keyId: `key_${fingerprint.slice(0, 32)}`,
    publicKey,
    sign: (bytes) => sign(null, bytes, privateKey).toString('base64url'),
  };
}
