/**
 * χ^λ(μ) for S_n by the Murnaghan–Nakayama rule (e.g. Sagan, "The Symmetric Group", 4.10): remove
 * rim hooks of the lengths in μ, each with the sign of its leg.
 */
export function symmetricCharacter(lambda: readonly number[], mu: readonly number[]): number {
  // First-column hook lengths: removing a rim hook of length k lowers one of them by k.
  const beta = lambda.map((part, i) => part + lambda.length - 1 - i);
  return removeHooks(beta, mu, 0);
}

function removeHooks(beta: readonly number[], mu: readonly number[], from: number): number {
  if (from === mu.length) return 1;
  const length = mu[from];
  let sum = 0;
  beta.forEach((b, i) => {
    const lowered = b - length;
    if (lowered < 0 || beta.includes(lowered)) return;
    const leg = beta.filter((other) => other > lowered && other < b).length;
    const rest = beta.with(i, lowered);
    sum += (leg % 2 === 0 ? 1 : -1) * removeHooks(rest, mu, from + 1);
  });
  return sum;
}
