/** The page: a digit, three networks, and what they say of it in all poses. */
import { glyphDigits, pad, rotate } from '@intertwiner/datasets';
import { measure, turned, type Measurement } from './measure.js';
import { classes, loadNetworks, side, type Network } from './networks.js';
import { drawingPad } from './pad.js';

const byId = <T extends HTMLElement>(id: string): T => document.getElementById(id) as T;
const main = document.querySelector('main')!;
const canvas = drawingPad(byId<HTMLCanvasElement>('digit'), () => drawn());
const slider = byId<HTMLInputElement>('angle');

/** The digit before the slider turned it. */
let upright = new Float32Array(side * side);
let networks: readonly Network[] = [];

/** One digit of each class, none of which the networks were trained on. */
const samples = (() => {
  const { images, labels } = pad(glyphDigits({ count: 60, seed: 20_000 }), 2);
  return Array.from({ length: classes }, (_, label) => {
    const at = labels.indexOf(label) * side * side;
    return Float32Array.from(images.subarray(at, at + side * side), (value) => value / 255);
  });
})();

function take(image: Float32Array): void {
  upright = image.slice();
  slider.value = '0';
  show(image);
}

function show(image: Float32Array): void {
  canvas.show(image);
  byId('degrees').textContent = `${slider.value}°`;
  void refresh();
}

function drawn(): void {
  upright = canvas.image.slice();
  slider.value = '0';
  byId('degrees').textContent = '0°';
  void refresh();
}

function turnBySlider(): void {
  const batch = { images: upright, count: 1, height: side, width: side };
  const { images } = rotate(batch, Number(slider.value));
  show(Float32Array.from(images, (value) => Math.min(1, Math.max(0, value))));
}

/** Counts drawings, so that answers to an older one are dropped. */
let version = 0;

async function refresh(): Promise<void> {
  const mine = ++version;
  const image = canvas.image.slice();
  const found: Measurement[] = [];
  for (const network of networks) found.push(await measure(network, image));
  if (mine !== version) return;
  networks.forEach((network, i) => {
    fillAnswer(network, found[i]!);
    fillPoses(network, found[i]!);
  });
  main.dataset['answered'] = String(mine);
}

function fillAnswer({ name }: Network, { probabilities, labels }: Measurement): void {
  const answer = byId(`answer-${name}`);
  answer.querySelector('.label')!.textContent = String(labels[0]);
  answer.querySelectorAll<HTMLElement>('.bar').forEach((bar, i) => {
    bar.style.setProperty('--share', `${(100 * probabilities[i]!).toFixed(1)}%`);
    bar.title = `${(100 * probabilities[i]!).toFixed(1)} %`;
  });
}

function fillPoses({ name }: Network, { labels, error }: Measurement): void {
  const cells = byId(`poses-${name}`).querySelectorAll('td');
  labels.forEach((label, k) => {
    cells[k]!.textContent = String(label);
    cells[k]!.classList.toggle('differs', label !== labels[0]);
  });
  cells[4]!.textContent = error < 1e-3 ? error.toExponential(1) : error.toPrecision(2);
}

function element(tag: string, properties: Record<string, string>, ...children: Node[]): Node {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name === 'text') made.textContent = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

function addPlaces({ name, title, what }: Network): void {
  const bars = Array.from({ length: classes }, (_, digit) => [
    element('span', { text: String(digit) }),
    element('span', { class: 'bar' }),
  ]).flat();
  byId('answers').append(
    element(
      'article',
      { class: 'answer', id: `answer-${name}` },
      element('h2', { text: title }),
      element('div', { class: 'what', text: what }),
      element('div', { class: 'label', text: '–' }),
      element('div', { class: 'bars' }, ...bars),
    ),
  );
  const cells = Array.from({ length: 5 }, () => element('td', { text: '–' }));
  const head = element('th', { scope: 'row', text: title });
  byId('poses').append(element('tr', { id: `poses-${name}` }, head, ...cells));
}

function addControls(): void {
  samples.forEach((image, digit) => {
    const button = element('button', { type: 'button', id: `take-${digit}`, text: String(digit) });
    button.addEventListener('click', () => take(image));
    byId('samples').append(button);
  });
  byId('left').addEventListener('click', () => take(turned(canvas.image, 1)));
  byId('right').addEventListener('click', () => take(turned(canvas.image, -1)));
  byId('clear').addEventListener('click', () => take(new Float32Array(side * side)));
  slider.addEventListener('input', turnBySlider);
}

async function start(): Promise<void> {
  addControls();
  try {
    networks = await loadNetworks();
  } catch (error) {
    main.dataset['state'] = 'failed';
    byId('status').textContent = `The networks did not load: ${String(error)}`;
    return;
  }
  networks.forEach(addPlaces);
  take(samples[2]!);
  await refresh();
  main.dataset['state'] = 'ready';
}

await start();
