/** Take apart the binary messages that carry frames. */

const decoder = new TextDecoder();

/**
 * Read a frame: little-endian uint32 n, n bytes of JSON, then the JPEG.
 * @param {ArrayBuffer} bytes
 * @returns {{camera: string, stamp: string, width: number, height: number, jpeg: Blob}|null}
 *   null where the bytes are no frame
 */
export function readFrame(bytes) {
  if (bytes.byteLength < 4) return null;
  const n = new DataView(bytes).getUint32(0, true);
  if (4 + n >= bytes.byteLength) return null;
  try {
    const head = JSON.parse(decoder.decode(new Uint8Array(bytes, 4, n)));
    return { ...head, jpeg: new Blob([new Uint8Array(bytes, 4 + n)], { type: 'image/jpeg' }) };
  } catch {
    return null;
  }
}
