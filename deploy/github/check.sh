#!/usr/bin/env bash
# The step of action.yml. Reads CHECKED_PATH and ARGUMENTS (one option on each line); ends with the exit code of `transformer check`.
set -uo pipefail

folder=${RUNNER_TEMP:-$(mktemp -d)}
sarif=$folder/transformer.sarif
summary=$folder/transformer.md
options=()
while IFS= read -r option; do
  [ -z "$option" ] || options+=("$option")
done <<< "${ARGUMENTS:-}"

transformer check "${CHECKED_PATH:-.}" --format github --report "$sarif" --report "$summary" ${options[@]+"${options[@]}"}
code=$?

if [ -f "$sarif" ] && [ -n "${GITHUB_OUTPUT:-}" ]; then
  printf 'sarif=%s\n' "$sarif" >> "$GITHUB_OUTPUT"
fi
if [ -f "$summary" ] && [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  cat "$summary" >> "$GITHUB_STEP_SUMMARY" # at most 64 KiB, of the 1 MiB that a step may use
fi
exit "$code"
