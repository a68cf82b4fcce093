// Runs before `npm start`, `npm run dev` and `npm test`, under whatever Node is installed, so it is plain
// JavaScript: installs the locked dependencies when they are absent or older than the lock file.
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, statSync } from 'node:fs';

if (Number(process.versions.node.split('.')[0]) < 20) {
  console.error(`This is Node ${process.versions.node}; Mayfly needs Node 20 or newer.`);
  process.exit(1);
}

const marker = 'node_modules/.package-lock.json';
// Of another tree when it is a link: `npm ci` would empty that tree's own.
const borrowed = lstatSync('node_modules', { throwIfNoEntry: false })?.isSymbolicLink() === true;
const stale = !existsSync(marker) || statSync(marker).mtimeMs < statSync('package-lock.json').mtimeMs;
if (stale && !borrowed) {
  console.log('Installing dependencies (once; about a minute with a cold cache) …');
  const result = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

// TypeScript runs unbuilt on the pinned Node, which an install script puts in place.
if (!['node_modules/node/bin/node', 'node_modules/node/bin/node.exe'].some((file) => existsSync(file))) {
  console.error(
    'The pinned Node is missing, as after an install with --ignore-scripts. Remove node_modules and run this again.',
  );
  process.exit(1);
}
