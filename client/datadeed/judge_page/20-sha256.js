// SHA-256 (FIPS 180-4), synchronous, because thousands of small hashes must not wait for a promise each.

/** The first 64 bits of the fractions of the primes' cube roots and square roots; SHA-256 takes the first half of each. */
const SHA_CONSTANTS = (() => {
  const primes = [];
  for (let n = 2; primes.length < 80; n++) if (primes.every((prime) => n % prime)) primes.push(n);
  const fraction = (n, k) => {
    const scaled = BigInt(n) << BigInt(64 * k);
    let [low, high] = [0n, 1n << 70n];
    while (high - low > 1n) {
      const middle = (low + high) >> 1n;
      if (middle ** BigInt(k) <= scaled) low = middle;
      else high = middle;
    }
    return low & (2n ** 64n - 1n);
  };
  return { words: primes.map((p) => fraction(p, 3)), start: primes.slice(0, 8).map((p) => fraction(p, 2)) };
})();
const [SHA_K, SHA_START] = [SHA_CONSTANTS.words, SHA_CONSTANTS.start].map((list) => Int32Array.from(list, (word) => Number(word >> 32n)));

const SHA_SCHEDULE = new Int32Array(64); // of the block that is compressed: one for all hashes

/** A hash that takes its input piece by piece. */
class Sha256 {
  constructor() {
    this.state = Int32Array.from(SHA_START);
    this.block = new Uint8Array(64);
    this.used = 0;
    this.length = 0;
  }

  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    while (at < bytes.length) {
      const end = Math.min(at + 64 - this.used, bytes.length);
      while (at < end) this.block[this.used++] = bytes[at++]; // faster than `set` for the few bytes of most parts
      if (this.used === 64) this.compress();
    }
    return this;
  }

  digest() {
    this.block[this.used++] = 0x80;
    if (this.used > 56) {
      this.block.fill(0, this.used);
      this.compress();
    }
    this.block.fill(0, this.used, 56);
    const view = new DataView(this.block.buffer);
    view.setUint32(56, Math.floor(this.length / 2 ** 29)); // the length in bits: below 2^53 bytes
    view.setUint32(60, 8 * this.length); // modulo 2^32
    this.compress();
    const result = new Uint8Array(32);
    for (let at = 0; at < 32; at++) result[at] = this.state[at >> 2] >>> (24 - 8 * (at & 3));
    return result;
  }

  compress() {
    const { block, state } = this;
    const [words, k] = [SHA_SCHEDULE, SHA_K];
    for (let t = 0; t < 16; t++) {
      words[t] = (block[4 * t] << 24) | (block[4 * t + 1] << 16) | (block[4 * t + 2] << 8) | block[4 * t + 3];
    }
    for (let t = 16; t < 64; t++) {
      const x = words[t - 15];
      const y = words[t - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      words[t] = (words[t - 16] + s0 + words[t - 7] + s1) | 0;
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const one = (h + s1 + ((e & f) ^ (~e & g)) + k[t] + words[t]) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + one) | 0;
      d = c;
      c = b;
      b = a;
      a = (one + two) | 0;
    }
    state[0] += a; // an Int32Array keeps 32 bits
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
    this.used = 0;
  }
}

/** SHA-256 of the parts one after the other. */
function sha256(...parts) {
  const hash = new Sha256();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
