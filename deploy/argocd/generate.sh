#!/usr/bin/env bash
# The command of plugin.yaml: renders the folder with kustomize or helm, and converts what comes out. No object at all, a broken pipe
# or a refused resource is a failure: with `prune`, empty output would delete everything that the Application has.
set -euo pipefail

config=${PARAM_CONFIG:-}
if [ -z "$config" ]; then
  folder=$PWD
  while [ "$folder" != / ] && [ ! -f "$folder/transformer.yaml" ] && [ ! -e "$folder/.git" ]; do folder=$(dirname "$folder"); done
  [ ! -f "$folder/transformer.yaml" ] || config=$folder/transformer.yaml
fi
options=()
[ -z "$config" ] || options+=("--config=$config")
[ "${PARAM_PARTIAL:-false}" != true ] || options+=(--partial)

render() {
  if [ -f kustomization.yaml ] || [ -f kustomization.yml ] || [ -f Kustomization ]; then
    kustomize build .
  elif [ -f Chart.yaml ]; then
    helm template "${ARGOCD_APP_NAME:-release}" . --namespace "${ARGOCD_APP_NAMESPACE:-default}" --include-crds
  else
    echo "neither a kustomization nor a chart is in $PWD" >&2
    return 1
  fi
}

rendered=$(mktemp)
trap 'rm -f "$rendered"' EXIT
render > "$rendered"
transformer function "${options[@]+"${options[@]}"}" < "$rendered"
