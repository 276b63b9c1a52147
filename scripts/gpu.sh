#!/usr/bin/env bash
# Carried to a bare machine with a graphics card, in a clone of this repository:
#
#     bash scripts/gpu.sh [cuda|webgpu|cpu] [table.md]
#
# It builds, fetches ONNX Runtime's CUDA libraries, tells what the machine has, and writes one table:
# parity with the CPU at stated tolerances, latencies, training steps beside PyTorch, and the share of
# the card's measured peak. Needs Node >= 20.19 and npm; for CUDA also an NVIDIA driver, CUDA 12 and
# cuDNN 9, or a PyTorch with these. PyTorch is used if `$PYTHON` (default python3) has it. `cpu` runs
# every line without a card. In a folder that scripts/gpu-pack.sh made, all but the driver, CUDA and
# PyTorch is there already, and no network is needed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
device=${1:-cuda}
table=${2:-gpu.md}
python=${PYTHON:-python3}

# A packed folder has a Node of its own, and one node_modules for all.
packed=''
[ ! -x node/node ] || packed=yes
[ -z "$packed" ] || export PATH="$PWD/node:$PATH"

# The CUDA libraries that PyTorch brings serve ONNX Runtime too.
libraries=$("$python" - 2>/dev/null <<'PY' || true
import glob, nvidia
print(':'.join(sorted(path for root in nvidia.__path__ for path in glob.glob(root + '/*/lib'))))
PY
)
[ -z "$libraries" ] || export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

if [ ! -f apps/bench/dist/main.js ]; then
  npx --yes "$(node -p 'require("./package.json").packageManager')" install --frozen-lockfile
  npx --yes "$(node -p 'require("./package.json").packageManager')" build
fi

runtime=packages/engine/node_modules/onnxruntime-node
[ -z "$packed" ] || runtime=node_modules/onnxruntime-node
if [ "$device" = cuda ] && ! ls "$runtime"/bin/napi-v6/linux/x64/libonnxruntime_providers_cuda.so >/dev/null 2>&1; then
  if [ -n "$packed" ]; then
    echo 'gpu.sh: this folder was packed without --cuda WHEEL (scripts/gpu-pack.sh).' >&2
    exit 2
  fi
  (cd "$runtime" && ONNXRUNTIME_NODE_INSTALL=cuda12 node script/install.js)
fi

{
  printf '# %s, %s\n\n' "$(uname -sm)" "$(date -u +%Y-%m-%d)"
  printf '```\n'
  nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv 2>/dev/null || echo 'no nvidia-smi'
  "$python" -c 'import torch; print("PyTorch", torch.__version__, torch.version.cuda)' 2>/dev/null || echo 'no PyTorch'
  node apps/cli/bin/intertwiner.js doctor
  printf '```\n\n'
} >"$table.part"
# The table is kept where a check fails, too.
status=0
node apps/bench/dist/main.js gpu --device "$device" --python "$python" ${GPU_OPTIONS:-} >>"$table.part" ||
  status=$?
mv "$table.part" "$table"
cat "$table"
exit "$status"
