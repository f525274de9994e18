/** An ISO 4217 alphabetic code in upper case, such as `USD`. */
export type Currency = string;

/** Digits after the point of a currency's minor unit. */
export type MinorDigits = 0 | 2 | 3 | 4;

/** ISO 4217, list one, by minor unit. Codes without one (XAU, XTS) are not money here. */
const CODES: readonly (readonly [MinorDigits, string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN ' +
      'BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD ' +
      'FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW ' +
      'KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR ' +
      'MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG ' +
      'SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD ' +
      'USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  ],
];

const DIGITS: ReadonlyMap<string, MinorDigits> = new Map(
  CODES.flatMap(([digits, codes]) => codes.split(' ').map((code) => [code, digits] as const)),
);

/** Whether the text is a currency that Farthing can bill in. */
export function isCurrency(text: string): boolean {
  return DIGITS.has(text);
}

/** Digits of the minor unit. Throws on an unknown code: codes are checked at the doors. */
export function minorDigits(currency: Currency): MinorDigits {
  const digits = DIGITS.get(currency);
  if (digits === undefined) throw new Error(`unknown currency ${currency}`);
  return digits;
}

/** Nanos in one minor unit: 10,000,000 for USD. */
export function nanosPerMinor(currency: Currency): bigint {
  return 10n ** BigInt(9 - minorDigits(currency));
}
