import { afterEach, beforeEach, expect, vi, type MockInstance } from 'vitest';

/** A library that prints is a library that cannot be piped: stray console output fails the test. */
const methods = ['log', 'info', 'warn', 'error', 'debug'] as const;
let spies: MockInstance[] = [];

beforeEach(() => {
  spies = methods.map((method) => vi.spyOn(console, method).mockImplementation(() => {}));
});

afterEach(() => {
  const printed = spies.flatMap((spy) => spy.mock.calls.map((call) => call.map(String).join(' ')));
  for (const spy of spies) spy.mockRestore();
  expect(printed, 'console output during the test').toEqual([]);
});
