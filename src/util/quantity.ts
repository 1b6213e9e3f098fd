/** Kubernetes resource quantities (k8s.io/apimachinery resource.Quantity), exact down to 10^-9 as there. */

const decimalExponents: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binaryExponents: Readonly<Record<string, bigint>> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:([eE])([+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/;
const nanoPerUnit = 1_000_000_000n;
/** Kubernetes caps quantities at 2^63-1 units */
const maxNano = (2n ** 63n - 1n) * nanoPerUnit;
/** beyond this power of ten every non-zero mantissa is capped, below its negative every one rounds to a nano */
const exponentBound = 160;

/** The amount in nano units (10^-9), rounded away from zero, capped at ±(2^63-1) units; undefined when the text is no quantity. */
export function parseQuantity(text: string): bigint | undefined {
  const match = text.length <= 128 ? pattern.exec(text) : null;
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', , exponentText, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const mantissa = BigInt(whole + fraction);
  const magnitude = capped(scale(mantissa, fraction.length, suffix, exponentText));
  return sign === '-' ? -magnitude : magnitude;
}

/** Thousandths (millicores), rounded up as Kubernetes' MilliValue does. */
export function quantityMillis(nano: bigint): number {
  return Number(divideUp(nano, 1_000_000n));
}

/** Whole units (bytes), rounded up as Kubernetes' Value does. */
export function quantityUnits(nano: bigint): number {
  return Number(divideUp(nano, nanoPerUnit));
}

function scale(mantissa: bigint, fractionDigits: number, suffix: string, exponentText: string | undefined): bigint {
  const binary = binaryExponents[suffix];
  if (binary !== undefined) return divideUp((mantissa * nanoPerUnit) << binary, 10n ** BigInt(fractionDigits));
  const written = exponentText === undefined ? (decimalExponents[suffix] ?? 0) : Number(exponentText);
  const exponent = Math.max(-exponentBound, Math.min(exponentBound, written)) - fractionDigits + 9;
  return exponent >= 0 ? mantissa * 10n ** BigInt(exponent) : divideUp(mantissa, 10n ** BigInt(-exponent));
}

function capped(nano: bigint): bigint {
  return nano > maxNano ? maxNano : nano;
}

/** Division rounding away from zero. */
function divideUp(value: bigint, divisor: bigint): bigint {
  if (value < 0n) return -divideUp(-value, divisor);
  return (value + divisor - 1n) / divisor;
}
