#!/usr/bin/env node
// Checked before anything newer than Node 20.19 can understand is loaded.
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `intertwiner needs Node 20.19 or newer, and this is ${process.versions.node}.\n`,
  );
  process.exit(2);
}
const { isGuarded, runGuarded } = await import('../dist/guard/guard.js');
if (isGuarded(process.argv)) {
  process.exitCode = await runGuarded(process.argv);
} else {
  const { main } = await import('../dist/main.js');
  await main(process.argv);
}
