// Canonical MessagePack (ledger.md section 1): maps become Map, whole numbers Number, or BigInt beyond 2^53 - 1.

const DEPTH_MAX = 8;

class MessagePackReader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = 0;
  }

  take(count) {
    must(this.at + count <= this.bytes.length, "the value is cut off");
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  unsigned(size, sort = "Uint") {
    this.take(size);
    return this.view[`get${size === 8 ? "Big" : ""}${sort}${8 * size}`](this.at - size);
  }

  signed(size) {
    return this.unsigned(size, "Int");
  }

  /** One value; only the shortest form of each is taken. */
  value(depth) {
    const code = this.unsigned(1);
    if (code < 0x80) return code;
    if (code < 0x90) return this.map(code & 15, depth);
    if (code < 0xa0) return this.array(code & 15, depth);
    if (code < 0xc0) return this.text(code & 31);
    if (code >= 0xe0) return code - 256;
    switch (code) {
      case 0xc0: return null;
      case 0xc2: return false;
      case 0xc3: return true;
      case 0xc4: return this.take(this.unsigned(1));
      case 0xc5: return this.take(this.long(2, 0x100));
      case 0xc6: return this.take(this.long(4, 0x10000));
      case 0xcc: return this.long(1, 0x80);
      case 0xcd: return this.long(2, 0x100);
      case 0xce: return this.long(4, 0x10000);
      case 0xcf: return this.whole(this.unsigned(8), 0x100000000n, true);
      case 0xd0: return this.negative(1, -32);
      case 0xd1: return this.negative(2, -128);
      case 0xd2: return this.negative(4, -32768);
      case 0xd3: return this.whole(this.signed(8), -2147483649n, false);
      case 0xd9: return this.text(this.long(1, 32));
      case 0xda: return this.text(this.long(2, 0x100));
      case 0xdb: return this.text(this.long(4, 0x10000));
      case 0xdc: return this.array(this.long(2, 16), depth);
      case 0xdd: return this.array(this.long(4, 0x10000), depth);
      case 0xde: return this.map(this.long(2, 16), depth);
      case 0xdf: return this.map(this.long(4, 0x10000), depth);
    }
    throw new Malformed("a float or an extension");
  }

  long(size, minimum) {
    const number = this.unsigned(size);
    must(number >= minimum, "not canonical: too long a form");
    return number;
  }

  negative(size, below) {
    const number = this.signed(size);
    must(number < below, "not canonical: too long a form");
    return number;
  }

  whole(number, bound, positive) {
    must(positive ? number >= bound : number <= bound, "not canonical: too long a form");
    const small = number >= BigInt(Number.MIN_SAFE_INTEGER) && number <= BigInt(Number.MAX_SAFE_INTEGER);
    return small ? Number(number) : number;
  }

  text(length) {
    return utf8Text(this.take(length), "a string");
  }

  array(length, depth) {
    must(depth <= DEPTH_MAX, `nested deeper than ${DEPTH_MAX}`);
    must(length <= this.bytes.length - this.at, "the value is cut off");
    const items = [];
    for (let item = 0; item < length; item++) items.push(this.value(depth + 1));
    return items;
  }

  map(length, depth) {
    must(depth <= DEPTH_MAX, `nested deeper than ${DEPTH_MAX}`);
    must(2 * length <= this.bytes.length - this.at, "the value is cut off");
    const map = new Map();
    let before = null;
    for (let item = 0; item < length; item++) {
      const key = this.value(depth + 1);
      must(typeof key === "string", "a map key is not a string");
      const raw = utf8(key);
      must(before === null || compareBytes(before, raw) < 0, "map keys are not in ascending order");
      before = raw;
      map.set(key, this.value(depth + 1));
    }
    return map;
  }
}

/** The value that these bytes spell, all of them. */
function decodeMessagePack(bytes, bytesMax) {
  must(bytes.length <= bytesMax, `${bytes.length} bytes, at most ${bytesMax}`);
  const reader = new MessagePackReader(bytes);
  const value = reader.value(1);
  must(reader.at === bytes.length, "not canonical: bytes after the value");
  return value;
}

function head(short, shortMax, forms, length) {
  if (short !== null && length <= shortMax) return Uint8Array.of(short | length);
  for (const [code, size] of forms) {
    if (length < 2 ** (8 * size)) return Uint8Array.of(code, ...u64(length).subarray(8 - size));
  }
  throw new Malformed("too long for MessagePack");
}

/** [path, value], the only thing that is written here: what a seal covers. */
function encodeSealed(path, value) {
  const text = (item) => {
    const raw = utf8(item);
    return concat(head(0xa0, 31, [[0xd9, 1], [0xda, 2], [0xdb, 4]], raw.length), raw);
  };
  return concat(Uint8Array.of(0x92), text(path), value === null ? Uint8Array.of(0xc0) : text(value));
}
