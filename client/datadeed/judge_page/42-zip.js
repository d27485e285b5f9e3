// The container: a zip of stored parts in which every byte has its place (evidence.md section 1).

const PART_BYTES_MAX = 4 * 1024 * 1024;
const PARTS_BYTES_MAX = 64 * 1024 * 1024;
const PARTS_MAX = 65534;
const PART_NAME = /^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*$/;

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

function crc32(bytes) {
  let value = 0xffffffff;
  for (const byte of bytes) value = CRC_TABLE[(value ^ byte) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

/** The parts by name, in the order in which they lie. */
function readContainer(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const endAt = bytes.length - 22;
  must(endAt >= 0 && view.getUint32(endAt) === 0x504b0506, "no zip end record in the last 22 bytes: cut off, or something appended");
  const u16 = (at) => view.getUint16(at, true);
  const u32 = (at) => view.getUint32(at, true);
  const [count, size, offset] = [u16(endAt + 10), u32(endAt + 12), u32(endAt + 16)];
  const plain = !u16(endAt + 4) && !u16(endAt + 6) && !u16(endAt + 20) && u16(endAt + 8) === count && count <= PARTS_MAX;
  must(plain, "the end record is not that of a plain zip");
  must(offset + size === endAt, "the directory does not end where the end record begins");

  const rows = [];
  let at = offset;
  let total = 0;
  for (let row = 0; row < count; row++) {
    must(at + 46 <= endAt, "the directory is cut off");
    const nameLength = u16(at + 28);
    const whole = view.getUint32(at) === 0x504b0102 && !u16(at + 30) && !u16(at + 32) && !u16(at + 34);
    must(whole, "a row of the directory is damaged or has something extra");
    must(at + 46 + nameLength <= endAt, "a part's name is cut off");
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength);
    const name = String.fromCharCode(...rawName);
    must(nameLength <= 255 && PART_NAME.test(name) && !name.endsWith("\n"), "a part's name has other characters than A-Za-z0-9._-/");
    const ordinary = [10, 20].includes(u16(at + 6)) && !u16(at + 8) && !u16(at + 10) && u32(at + 20) === u32(at + 24);
    must(ordinary, "a part is compressed, encrypted, streamed or of a newer zip");
    const external = u32(at + 38);
    const fileType = (external >>> 16) & 0o170000;
    must(!u16(at + 36) && !(external & 0xffff) && (fileType === 0 || fileType === 0o100000), "a part is no ordinary file");
    const shared = bytes.subarray(at + 6, at + 28);
    const own = `${u16(at + 4)} ${external}`;
    const partSize = u32(at + 24);
    total += partSize;
    must(partSize <= PART_BYTES_MAX, `${name} is larger than ${PART_BYTES_MAX} bytes`);
    must(total <= PARTS_BYTES_MAX, `all parts are larger than ${PARTS_BYTES_MAX} bytes`);
    must(!rows.length || rows[0].own === own, `${name} has other attributes than the parts before it`);
    rows.push({ name, rawName, shared, own, size: partSize, crc: u32(at + 16), offset: u32(at + 42) });
    at += 46 + nameLength;
  }
  must(at === endAt, "bytes between the directory and the end record");

  const parts = new Map();
  let position = 0;
  for (const row of rows) {
    must(row.offset === position, `${row.name} does not begin where the part before it ends`);
    must(!parts.has(row.name), `the part ${row.name} is there twice`);
    const lengths = Uint8Array.of(row.rawName.length & 255, row.rawName.length >> 8, 0, 0);
    const header = concat(Uint8Array.of(0x50, 0x4b, 3, 4), row.shared, lengths, row.rawName);
    const start = position + header.length;
    must(sameBytes(bytes.subarray(position, start), header), `the header of ${row.name} is not what the directory says`);
    position = start + row.size;
    must(position <= offset, `${row.name} reaches into the directory`);
    const content = bytes.subarray(start, position);
    must(crc32(content) === row.crc, `${row.name} has another CRC-32`);
    parts.set(row.name, content);
  }
  must(position === offset, "bytes between the last part and the directory");
  return parts;
}
