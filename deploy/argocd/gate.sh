#!/usr/bin/env bash
# The PreSync gate: checks the very revision that Argo CD is about to apply, and says in the termination message what to do.
# REPOSITORY, REVISION and SOURCE_PATH come from annotations that Argo CD fills in (presync/job.yaml). CREDENTIALS is a file in the
# format of `git credential-store`, if the repository needs one. Exit 0: nothing is left to convert; else nothing is applied.
set -uo pipefail

message=${TERMINATION_LOG:-/dev/termination-log}
work=${WORK:-/work}

end() { # CODE TEXT
  printf '%s\n' "$2" | cut -c1-500 | tee "$message"
  exit "$1"
}

for name in REPOSITORY REVISION SOURCE_PATH; do
  case ${!name:-} in
    '' | '$'*) end 2 "$name is not known: Argo CD fills it in only with commonAnnotationsEnvsubst (docs/argo-cd.md). Nothing was applied." ;;
  esac
done
case /$SOURCE_PATH/ in
  */../*) end 2 "SOURCE_PATH leads out of the repository: $SOURCE_PATH. Nothing was applied." ;;
esac

export GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_ALLOW_PROTOCOL=${GIT_ALLOW_PROTOCOL:-https:http:ssh:git} HOME=$work
helper=()
[ ! -f "${CREDENTIALS:-}" ] || helper=(-c "credential.helper=store --file=$CREDENTIALS")

fetch() { # one commit; everything from a server that gives no single one
  git init -q "$work/repository" && cd "$work/repository" || return 1
  git ${helper[@]+"${helper[@]}"} fetch -q --depth 1 --no-tags "$REPOSITORY" "$REVISION" ||
    git ${helper[@]+"${helper[@]}"} fetch -q --no-tags "$REPOSITORY" '+refs/heads/*:refs/remotes/origin/*' || return 1
  git checkout -q --detach "$REVISION"
}
(fetch) 2> "$work/git.log" || end 2 "$REVISION could not be fetched: $(tail -n 1 "$work/git.log"). Nothing was applied."

transformer check "$work/repository/$SOURCE_PATH" --format concise > "$work/found" 2> "$work/summary"
code=$?
cat "$work/found" "$work/summary"
[ "$code" != 0 ] || end 0 "Nothing is left to convert at ${REVISION:0:12}."
[ "$code" = 1 ] || end "$code" "$(tail -n 4 "$work/summary"; echo "Nothing was applied.")"
end "$code" "$(
  tail -n 1 "$work/summary"
  head -n 8 "$work/found" | sed "s|^.*/repository/||" | cut -c1-180
  echo "Nothing was applied. In a clone of the repository run: transformer convert ${SOURCE_PATH} && git log -p transformer/..."
  echo "Merge that branch, and sync again. transformer check ${SOURCE_PATH} says what is left."
)"
