#!/usr/bin/env bash
# For a machine with a graphics card and no network (Linux, x64): all that scripts/gpu.sh needs there.
#
#     bash scripts/gpu-pack.sh FOLDER [--cuda WHEEL [--arch N]] [--split SIZE]
#
# In a clone that is installed and built, it writes FOLDER/intertwiner-gpu.tar.xz with Node, the
# benchmarks, the command and their packages, and FOLDER/unpack.sh, which unpacks it. WHEEL is a
# downloaded onnxruntime_gpu wheel of onnxruntime-node's version, for its CUDA libraries; with --arch,
# such as 90, only the code for cards of that compute capability. SIZE, such as 60M, makes pieces.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=intertwiner-gpu

fail() {
  printf 'gpu-pack.sh: %s\n' "$1" >&2
  exit 2
}

usage='Usage: bash scripts/gpu-pack.sh FOLDER [--cuda WHEEL [--arch N]] [--split SIZE]'
folder=${1:-} wheel='' arch='' split=''
case $folder in '' | -*) fail "$usage" ;; esac
shift
while (($#)); do
  (($# > 1)) || fail "$1 needs a value. $usage"
  case $1 in
    --cuda) wheel=$2 ;;
    --arch) arch=$2 ;;
    --split) split=$2 ;;
    *) fail "There is no option $1. $usage" ;;
  esac
  shift 2
done
[ -z "$arch" ] || [ -n "$wheel" ] || fail '--arch is about the libraries of --cuda.'
[ -f apps/bench/dist/main.js ] || fail 'Nothing is built. Run pnpm install and pnpm build first.'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
pack=$work/$name
runtime=$pack/node_modules/onnxruntime-node

# The pnpm that package.json names, fetched where it is not the installed one.
pnpm() {
  local named
  named=$(node -p 'require("./package.json").packageManager')
  if [ "pnpm@$(command pnpm --version 2>/dev/null || true)" = "$named" ]; then
    command pnpm "$@" >&2
  else
    npx --yes --prefer-offline "$named" "$@" >&2
  fi
}

# deploy PACKAGE FOLDER: the package with all that it depends on, without links.
deploy() {
  pnpm --filter "$1" --prod --prefer-offline --config.node-linker=hoisted deploy --legacy "$2"
}

# The folders of the repository, so that scripts/gpu.sh finds all where it is in a clone.
gather() {
  mkdir -p "$pack/apps" "$pack/scripts" "$pack/node"
  deploy @intertwiner/bench "$pack/apps/bench"
  deploy intertwiner "$pack/apps/cli"
  mv "$pack/apps/bench/node_modules" "$pack/node_modules"
  add_missing "$pack/apps/cli/node_modules" "$pack/node_modules"
  rm -rf "$pack/apps/cli/node_modules" "$pack/node_modules/.bin"
  cp scripts/gpu.sh "$pack/scripts/"
  cp "$(node -p process.execPath)" "$pack/node/node"
}

# add_missing FROM TO: the packages that only the command depends on; the others are the same.
add_missing() {
  local module
  for module in "$1"/* "$1"/@*/*; do
    # A scope that was moved as a whole has left its packages' names behind.
    [ ! -e "$module" ] || [ -e "$2/${module#"$1/"}" ] || mv "$module" "$2/${module#"$1/"}"
  done
}

# What Node does not read there: other platforms, browsers, sources, and what helps to read them.
shrink() {
  local modules=$pack/node_modules
  find "$pack" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \
    -o -name '*.tsbuildinfo' -o -name '*.wasm' -o -name '*_test.js' \) -delete
  find "$runtime/bin" -type f ! -path '*/linux/x64/*' -delete
  find "$modules/onnxruntime-web/dist" -type f -name 'ort.*' ! -name 'ort.node.*' -delete
  find "$modules/@tensorflow" -path '*/dist/*' -type f \
    \( -name 'tf.*js' -o -name 'tf-*.js' \) ! -name '*.node.js' -delete
  rm -rf "$modules/playwright-core" "$modules"/@intertwiner/*/src "$modules/core-js"
  rm -rf "$pack"/apps/*/{src,test,.turbo,tsconfig.json}
}

# The CUDA part of ONNX Runtime, out of Python's package of the same version.
add_cuda() {
  local version libraries=$runtime/bin/napi-v6/linux/x64
  version=$(node -p 'require(process.argv[1]).version' "$runtime/package.json")
  case $(basename "$wheel") in
    onnxruntime_gpu-"$version"-*x86_64.whl) ;;
    *) fail "onnxruntime-node is $version: --cuda needs onnxruntime_gpu-$version-…x86_64.whl." ;;
  esac
  unzip -joq "$wheel" 'onnxruntime/capi/libonnxruntime_providers_cuda.so' \
    'onnxruntime/capi/libonnxruntime_providers_shared.so' -d "$libraries"
  [ -z "$arch" ] || clear_other_cards "$libraries/libonnxruntime_providers_cuda.so"
}

clear_other_cards() {
  node --input-type=module - "$1" "$arch" <<'JS'
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
const module = pathToFileURL('scripts/lib/clearDeviceCode.mjs');
const { clearDeviceCode } = await import(module.href);
const [path, arch] = process.argv.slice(2);
const library = readFileSync(path);
const { cleared, kept } = clearDeviceCode(library, Number(arch));
writeFileSync(path, library);
console.error(`Device code: ${kept} bytes kept, ${cleared} cleared.`);
JS
}

compress() {
  local archive=$folder/$name.tar.xz
  mkdir -p "$folder"
  rm -f "$archive"*
  if [ -n "$split" ]; then
    tar -C "$work" -c "$name" | xz -T0 | split -b "$split" -d -a 3 - "$archive."
  else
    tar -C "$work" -c "$name" | xz -T0 >"$archive"
  fi
  # The pieces in the order of their numbers, or the whole.
  printf 'cat "$(dirname "${BASH_SOURCE[0]}")"/%s.tar.xz* | tar -xJ\n' "$name" >"$folder/unpack.sh"
}

gather
shrink
[ -z "$wheel" ] || add_cuda
compress
ls -l "$folder"
printf 'There: bash unpack.sh && bash %s/scripts/gpu.sh cuda table.md\n' "$name"
