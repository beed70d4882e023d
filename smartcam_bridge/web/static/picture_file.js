/** Make a picture of somebody's disk small enough to send. */

const SIDE_MAX = 1280; // px; more shows an embedder nothing that it would use
const BYTES_MAX = 1_000_000; // sent in a moment, and far below what the bridge accepts
const TRIES = [[1, 0.9], [1, 0.8], [0.75, 0.8], [0.6, 0.75], [0.45, 0.7], [0.3, 0.6]];

/**
 * Return a JPEG of at most SIDE_MAX px as base64, turned as its camera says.
 * @param {Blob} file @returns {Promise<string>} @throws {Error} it is no picture
 */
export async function smallJpeg(file) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, { imageOrientation: 'from-image' });
  } catch {
    throw new Error('This file is no picture that the browser can read. Take a JPEG or PNG.');
  }
  const fitting = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  let blob;
  for (const [factor, quality] of TRIES) {
    // eslint-disable-next-line no-await-in-loop -- each try is smaller than the one before
    blob = await jpeg(bitmap, fitting * factor, quality);
    if (blob.size <= BYTES_MAX) break;
  }
  bitmap.close();
  return base64(blob);
}

function jpeg(bitmap, factor, quality) {
  const width = Math.max(1, Math.round(bitmap.width * factor));
  const height = Math.max(1, Math.round(bitmap.height * factor));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', { alpha: false });
  context.imageSmoothingQuality = 'high';
  context.fillStyle = '#ffffff'; // what is transparent in a PNG
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type: 'image/jpeg', quality });
}

function base64(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}
