/** The canvas: an image that one draws on, in the networks' pixels. */
import { side } from './networks.js';

/** Radius of the pen, in pixels of the image. */
const pen = 1.6;

export interface DrawingPad {
  /** Values from 0 (black) to 1. */
  readonly image: Float32Array;
  show(image: Float32Array): void;
}

/** @param onChange is called when somebody has drawn. */
export function drawingPad(canvas: HTMLCanvasElement, onChange: () => void): DrawingPad {
  const context = canvas.getContext('2d')!;
  const scale = canvas.width / side;
  let image = new Float32Array(side * side);
  const paint = () => {
    const pixels = context.createImageData(canvas.width, canvas.height);
    for (let i = 0; i < canvas.width * canvas.height; i++) {
      const row = Math.floor(i / canvas.width / scale);
      const column = Math.floor((i % canvas.width) / scale);
      const grey = 255 * image[row * side + column]!;
      pixels.data.set([grey, grey, grey, 255], 4 * i);
    }
    context.putImageData(pixels, 0, 0);
  };
  const draw = (event: PointerEvent) => {
    if (event.buttons === 0) return;
    const bounds = canvas.getBoundingClientRect();
    const x = ((event.clientX - bounds.left) / bounds.width) * side;
    const y = ((event.clientY - bounds.top) / bounds.height) * side;
    dab(image, x, y);
    paint();
    onChange();
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    draw(event);
  });
  canvas.addEventListener('pointermove', draw);
  paint();
  return {
    get image() {
      return image;
    },
    show(next) {
      image = next.slice();
      paint();
    },
  };
}

/** A round spot with a soft edge. */
function dab(image: Float32Array, x: number, y: number): void {
  for (let row = Math.max(0, Math.floor(y - 3)); row < Math.min(side, y + 3); row++) {
    for (let column = Math.max(0, Math.floor(x - 3)); column < Math.min(side, x + 3); column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const ink = Math.min(1, Math.max(0, pen + 0.5 - distance));
      const at = row * side + column;
      image[at] = Math.max(image[at]!, ink);
    }
  }
}
