#!/usr/bin/env bats
# deploy-ecs.sh against the simulated AWS, in which staging is applied. docker is a stand-in that writes down what it was
# asked, and hands a pushed image to the simulated repository: there is no container engine and no registry here.

bats_require_minimum_version 1.5.0
load asking

setup_file() {
  export SCRIPTS="$BATS_TEST_DIRNAME/../../infra/scripts"
  local production='"cluster": "omc-production"' role
  ecs CreateCluster '{"clusterName": "omc-production"}' >/dev/null
  ask ecr AmazonEC2ContainerRegistry_V20150921.CreateRepository '{"repositoryName": "omc-production"}' >/dev/null
  for role in chat collector; do
    ecs CreateService "{$production, \"serviceName\": \"omc-production-$role\", \"desiredCount\": 1,
      \"taskDefinition\": \"omc-staging-$role\"}" >/dev/null
  done
}

setup() {
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  cat >"$BATS_TEST_TMPDIR/bin/docker" <<'DOCKER'
#!/bin/bash
echo "$*" >>"$DOCKER_LOG"
[ "$1" != login ] || cat >/dev/null
[ "${DOCKER_FAILS:-}" != "$1" ] || exit 1
if [ "$1" = push ]; then
  repository=${2##*/}
  aws ecr put-image --repository-name "${repository%%:*}" --image-tag "${repository##*:}" \
    --image-manifest "{\"schemaVersion\": 2, \"config\": {\"digest\": \"$2\"}}" \
    --image-manifest-media-type application/vnd.docker.distribution.manifest.v2+json >/dev/null
fi
DOCKER
  chmod +x "$BATS_TEST_TMPDIR/bin/docker"
  export DOCKER_LOG="$BATS_TEST_TMPDIR/docker.log" PATH="$BATS_TEST_TMPDIR/bin:$PATH"
}

deploy() { run --separate-stderr "$SCRIPTS/deploy-ecs.sh" "$@"; }

refused() {
  local code=$1 said=$2
  shift 2
  deploy "$@"
  [ "$status" -eq "$code" ] || { echo "exit $status: $stderr"; return 1; }
  [[ $stderr == *"$said"* ]] || { echo "said: $stderr"; return 1; }
}

@test "--help tells every option and every exit code" {
  deploy --help
  [ "$status" -eq 0 ]
  for word in --build-mode --image-tag --rollback --dry-run --yes --help "Exit codes: 0" "7 not confirmed"; do
    [[ $output == *"$word"* ]]
  done
}

@test "every wrong argument is refused with exit code 2, and says what is wrong" {
  refused 2 "which environment"
  refused 2 "'mars' is no environment" mars
  refused 2 "one environment only" staging production
  refused 2 "unknown option --force" staging --force
  refused 2 "--build-mode needs a value" staging --build-mode
  refused 2 "'fast' is no build mode" staging --build-mode fast
  refused 2 "--image-tag needs a value" staging --image-tag
  refused 2 "'a b' is no image tag" staging --image-tag "a b"
  refused 2 "latest says nothing" staging --image-tag latest
  refused 2 "takes neither" staging --rollback --image-tag v1
  refused 2 "takes neither" staging --rollback --build-mode skip
}

@test "what is missing is named, with exit code 3" {
  AWS_REGION='' AWS_DEFAULT_REGION='' refused 3 "set AWS_REGION" staging --build-mode skip --image-tag v1
  [[ $output == "== prerequisites" ]] || { echo "went on: $output"; return 1; }
  PREFIX=other refused 3 "other-staging" staging --build-mode skip --image-tag v1
  refused 3 "nothing was deployed to chat before" staging --rollback
}

@test "--dry-run says what would be done and changes nothing" {
  local before
  before=$(revisions)
  deploy staging --build-mode local --image-tag v9 --dry-run
  [ "$status" -eq 0 ]
  [[ $output == *"would push omc-staging:v9"* && $output == *"would migrate"* && $output == *"would move chat"* ]]
  [ "$(revisions)" = "$before" ]
  [ ! -e "$DOCKER_LOG" ]
}

@test "an image that is not in the repository is refused, and nothing moves" {
  local before
  before=$(runs staging chat)
  refused 4 "not in the repository" staging --build-mode skip --image-tag never-pushed
  [ "$(runs staging chat)" = "$before" ]
}

@test "a build or a push that fails stops the deployment" {
  DOCKER_FAILS=build refused 4 "could not be built" staging --build-mode ecr --image-tag v-unbuilt
  DOCKER_FAILS=push refused 4 "could not be pushed" staging --build-mode local --image-tag v-unpushed
}

@test "a deployment builds, pushes, migrates, moves both services and says how long each part took" {
  deploy staging --build-mode ecr --image-tag v2
  [ "$status" -eq 0 ] || { echo "$output" "$stderr"; return 1; }
  grep -q "^build --platform linux/arm64 --file .*infra/Dockerfile --tag .*omc-staging:v2" "$DOCKER_LOG"
  grep -q "^push .*omc-staging:v2" "$DOCKER_LOG"
  [[ $(image staging chat) == *omc-staging:v2 && $(image staging collector) == *omc-staging:v2 ]]
  [[ $output == *"== migrate"* && $output =~ [0-9]+\ s ]]
}

@test "settings that Terraform gave stay as they are when the image changes" {
  local kept='.containerDefinitions[0] | {secrets, environment, readonlyRootFilesystem, user}'
  diff <(definition omc-staging-chat:1 | jq "$kept") <(definition "$(runs staging chat)" | jq "$kept")
}

@test "a migration that fails is exit code 5, and no service moves" {
  local before
  before=$(runs staging chat)
  refused 5 "the task failed: exit code 1" staging --build-mode local --image-tag v3-unmigratable
  [ "$(runs staging chat)" = "$before" ]
}

@test "a deployment that ECS rolls back in silence is exit code 6, and all services are back on what ran before" {
  local chat collector
  chat=$(runs staging chat) collector=$(runs staging collector)
  refused 6 "did not stay" staging --build-mode local --image-tag v4-broken
  [[ $(runs staging chat) == "$chat" && $(runs staging collector) == "$collector" ]]
}

@test "a rollback goes to what ran before the last good deployment, not to one that failed" {
  local before
  before=$(runs staging chat)
  deploy staging --build-mode local --image-tag v5
  [ "$status" -eq 0 ]
  [[ $(image staging chat) == *:v5 ]]
  deploy staging --rollback
  [ "$status" -eq 0 ] || { echo "$output" "$stderr"; return 1; }
  [ "$(runs staging chat)" = "$before" ]
  [[ $(image staging collector) == *:v2 ]]
}

@test "production is not touched without a yes" {
  run --separate-stderr "$SCRIPTS/deploy-ecs.sh" production --build-mode skip --image-tag v2 <<<"no"
  [ "$status" -eq 7 ]
  run --separate-stderr "$SCRIPTS/deploy-ecs.sh" production --build-mode skip --image-tag v2 </dev/null
  [ "$status" -eq 7 ]
}

@test "with a yes, typed or given, it goes on: as far as the image, which is not there" {
  run --separate-stderr "$SCRIPTS/deploy-ecs.sh" production --build-mode skip --image-tag v2 <<<"production"
  [ "$status" -eq 4 ]
  refused 4 "not in the repository" production --build-mode skip --image-tag v2 --yes
}
