import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';

/** A Vulkan that computes on the CPU, which comes with Chromium; without it, the machine's own. */
const software = ['/usr/lib/chromium/vk_swiftshader_icd.json'].find((path) => existsSync(path));
const environment = software
  ? { VK_ICD_FILENAMES: software, VK_DRIVER_FILES: software, LD_LIBRARY_PATH: dirname(software) }
  : {};

interface Run {
  readonly loss: readonly number[];
  readonly again: readonly number[];
  readonly evaluated: readonly number[];
  readonly sums: readonly number[];
}

interface Answer {
  readonly reason?: string;
  readonly cpu: Run;
  readonly webgpu: Run;
  readonly chained: { readonly location: string; readonly values: readonly number[] };
  readonly capture: string | null;
  readonly loopOnDevice: string | null;
}

// Without Chromium and without a card these tests are skipped, and the reason is printed.
describe("ONNX Runtime's WebGPU", () => {
  let answer: Answer;
  beforeAll(async () => {
    const child = fileURLToPath(new URL('webgpuChild.mjs', import.meta.url));
    const env = { ...process.env, ...environment };
    const { stdout } = await promisify(execFile)(process.execPath, [child], { env });
    answer = JSON.parse(stdout) as Answer;
  }, 300_000);

  it('takes the steps that the CPU takes, and goes on from a restored state', ({ skip }) => {
    skip(answer.reason !== undefined, answer.reason);
    const { cpu, webgpu } = answer;
    // As between the CPU and tfjs: float32 sums in another order.
    const near = (a: readonly number[], b: readonly number[]) =>
      a.forEach((value, i) => expect(Math.abs(value - b[i]!)).toBeLessThan(1e-4 * Math.abs(b[i]!)));
    expect(webgpu.loss).toHaveLength(8);
    near(webgpu.loss, cpu.loss);
    near(webgpu.sums, cpu.sums);
    expect(webgpu.evaluated).toHaveLength(2);
    near(webgpu.evaluated, cpu.evaluated);
    expect(webgpu.again).toEqual(webgpu.loss.slice(0, 4));
  });

  it('keeps an output on the device for the next run', ({ skip }) => {
    skip(answer.reason !== undefined, answer.reason);
    expect(answer.chained).toEqual({ location: 'gpu-buffer', values: [3, 4] });
  });

  // docs/gpu.md states both: why training there goes step by step, and what could make it faster.
  it('captures no graphs, and runs a Loop on the CPU', ({ skip }) => {
    skip(answer.reason !== undefined, answer.reason);
    expect(answer.capture).toMatch(/unrecognized option: 'enableGraphCapture'/);
    expect(answer.loopOnDevice).toMatch(/assigned to the default CPU EP/);
  });
});
