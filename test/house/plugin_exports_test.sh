#!/usr/bin/env bash
# plugin_exports_test.sh LIBFLOWMON_SO LIBFLOWMON_CORE_A: the plugin exports the hooks of plugin/exports.map and
# nothing else, and they come from plugin/afl_hooks.cc alone.
set -euo pipefail
plugin=$1
core=$2
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

expected=$(sed -n '/global:/,/local:/p' "$root/plugin/exports.map" | grep -oE '\bafl_custom_\w+' | sort)
[ -n "$expected" ] || { echo "plugin/exports.map lists no afl_custom_ function"; exit 1; }
exported=$(nm -D --defined-only "$plugin" | awk '{ print $NF }' | sort)
if ! diff <(echo "$expected") <(echo "$exported"); then
  echo "plugin/exports.map lists what is marked <, $plugin exports what is marked >"
  exit 1
fi
if nm --defined-only "$core" | grep afl_custom_; then
  echo "only plugin/afl_hooks.cc may define afl_custom_ functions: $core has the above"
  exit 1
fi
