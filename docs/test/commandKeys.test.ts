import { describe, expect, test } from 'vitest';
import { keyOf, outOf } from './commandKeys.js';

const train = { line: 'intertwiner clone --seed 1    --out runs/a  # → a report', key: 'T' };
const copies = { line: 'intertwiner verify m.onnx --out runs/a/copies', key: 'V' };
const audit = 'intertwiner audit runs/a/student.onnx';
const key = keyOf(audit, [train]);

test('outOf', () => {
  expect(outOf(train.line)).toBe('runs/a');
  expect(outOf(audit)).toBeUndefined();
});

describe('keyOf is the same', () => {
  test.each([
    ['for other spaces and remarks', 'intertwiner  audit   runs/a/student.onnx # ok?', [train]],
    ['after commands that write elsewhere', audit, [train, copies]],
  ])('%s', (_, line, earlier) => {
    expect(keyOf(line, earlier)).toBe(key);
  });
});

describe('keyOf differs', () => {
  test.each([
    ['for another option', `${audit} --seed 2`, [train]],
    ['for another folder', 'intertwiner audit runs/ab/student.onnx', [train]],
    ['where the file comes from another command', audit, [{ ...train, key: 'U' }]],
    ['where nothing has written the file', audit, []],
    ['where it was written again', audit, [train, { ...train, key: 'U' }]],
  ])('%s', (_, line, earlier) => {
    expect(keyOf(line, earlier)).not.toBe(key);
  });

  test('where something was written into a folder that the line names', () => {
    const report = 'intertwiner report runs/a';
    expect(keyOf(report, [train, copies])).not.toBe(keyOf(report, [train]));
  });

  test('not for a folder whose name begins alike', () => {
    const line = 'intertwiner audit runs/ab/student.onnx';
    expect(keyOf(line, [train])).toBe(keyOf(line, []));
  });
});
