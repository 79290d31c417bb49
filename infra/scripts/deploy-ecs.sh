#!/usr/bin/env bash
# Deploys one image to ECS: build and push it, migrate the databases, move both services to it, see that they stay there.
#
#   deploy-ecs.sh staging|production [options]
#
#   --build-mode MODE  ecr: build, and push to the environment's repository (default)
#                      local: push the image NAME:TAG that docker has already, NAME being such as omc-staging
#                      skip: the repository has it
#   --image-tag TAG    tag of the image, which never changes once pushed; default: the commit that is checked out
#   --rollback         back to what ran before the last deployment; nothing is built or migrated
#   --dry-run          say what would be done, and change nothing
#   --yes              do not ask before production
#   --help             this text
#
# Reads AWS's own variables (AWS_REGION, AWS_PROFILE, ...) and PREFIX, the first part of every name (default: omc).
# The migration runs while the old version still serves, and a rollback leaves the databases as they are: so each
# migration must suit the version before it.
#
# Exit codes: 0 done; 1 something else failed; 2 wrong arguments; 3 a prerequisite is missing; 4 build or push failed;
#   5 the migration failed, nothing was moved; 6 a service did not stay on what was deployed, all are back on what ran
#   before; 7 not confirmed.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
readonly EXIT_BUILD=4
readonly SERVICES=(chat collector)

environment='' build_mode='' image_tag='' rollback=false dry_run=false yes=false
declare -A running=() wanted=()

main() {
  read_arguments "$@"
  names_of "$environment"
  step "prerequisites" check_prerequisites
  if $rollback; then find_previous; else choose_image; fi
  tell_plan
  $dry_run && return
  $yes || confirm "$environment"
  if ! $rollback; then
    [ "$build_mode" = skip ] || step "build and push ($build_mode)" build_and_push
    step "image is in the repository" check_image
    step "migrate" migrate
    step "register" register_services
  fi
  step "update" update_services
  step "wait until stable" wait_until_stable
  step "compare" compare
  say "done: $NAME runs $(described)"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) help; exit 0 ;;
      --build-mode | --image-tag)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        if [ "$1" = --image-tag ]; then image_tag=$2; else build_mode=$2; fi
        shift ;;
      --rollback) rollback=true ;;
      --dry-run) dry_run=true ;;
      --yes) yes=true ;;
      -*) usage_error "unknown option $1" ;;
      *) [ -z "$environment" ] || usage_error "one environment only, not also '$1'"
         environment=$1 ;;
    esac
    shift
  done
  check_arguments
}

check_arguments() {
  is_environment "$environment"
  if $rollback && [ -n "$build_mode$image_tag" ]; then
    usage_error "--rollback goes to what ran before: it takes neither --build-mode nor --image-tag"
  fi
  case ${build_mode:=ecr} in ecr | local | skip) ;; *) usage_error "'$build_mode' is no build mode: ecr, local or skip" ;; esac
  [[ -z $image_tag || $image_tag =~ ^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$ ]] || usage_error "'$image_tag' is no image tag"
  [ "$image_tag" != latest ] || usage_error "latest says nothing about what runs: give a tag that stays"
}

# Runs a part, and says how long it took.
step() {
  local name=$1 began=$SECONDS
  shift
  say "== $name"
  "$@"
  say "   $((SECONDS - began)) s"
}

check_prerequisites() {
  need aws jq
  if ! $rollback; then
    [ "$build_mode" = skip ] || need docker
    [ -n "$image_tag" ] || need git
  fi
  local account role
  account=$(signed_in)
  say "   account $account"
  describe_services >"$scratch/services.json" || stop "$EXIT_PREREQUISITE" "cluster $CLUSTER cannot be read: apply Terraform first"
  for role in "${SERVICES[@]}"; do
    running[$role]=$(service "$role" 'select(.status == "ACTIVE") | .taskDefinition')
    [ -n "${running[$role]}" ] || stop "$EXIT_PREREQUISITE" "service $NAME-$role is not there: apply Terraform first"
    say "   $role runs ${running[$role]##*/}"
  done
}

choose_image() {
  if [ -z "$image_tag" ]; then
    [ "$build_mode" = skip ] || [ -z "$(git status --porcelain)" ] ||
      stop "$EXIT_PREREQUISITE" "there are changes that are not committed: a tag named after the commit would lie"
    image_tag=$(git rev-parse --short=12 HEAD)
  fi
  repository=$(aws ecr describe-repositories --repository-names "$NAME" --query 'repositories[0].repositoryUri' --output text) ||
    stop "$EXIT_PREREQUISITE" "repository $NAME is not there: apply Terraform first"
  image="$repository:$image_tag"
}

# Each revision that was deployed here is tagged with the one that ran before it.
find_previous() {
  local role
  for role in "${SERVICES[@]}"; do
    wanted[$role]=$(aws ecs describe-task-definition --task-definition "${running[$role]}" --include TAGS --output json |
      jq -r '.tags[]? | select(.key == "previous") | .value')
    [ -n "${wanted[$role]}" ] || stop "$EXIT_PREREQUISITE" "nothing was deployed to $role before ${running[$role]##*/}"
  done
}

tell_plan() {
  local would=will role
  if $dry_run; then would=would; fi
  say "== plan for $NAME"
  if $rollback; then
    for role in "${SERVICES[@]}"; do say "   $would move $role back to ${wanted[$role]##*/}"; done
    return
  fi
  case $build_mode in
    ecr) say "   $would build and push $image" ;;
    local) say "   $would push $NAME:$image_tag as $image" ;;
    skip) say "   $would use $image, built before" ;;
  esac
  say "   $would migrate with a one-off task of $NAME-migrate"
  for role in "${SERVICES[@]}"; do say "   $would move $role to a new revision of $NAME-$role"; done
}

build_and_push() {
  aws ecr get-login-password | docker login --username AWS --password-stdin "${repository%%/*}" >/dev/null ||
    stop "$EXIT_BUILD" "docker cannot sign in to ${repository%%/*}"
  if [ "$build_mode" = local ]; then
    docker tag "$NAME:$image_tag" "$image" || stop "$EXIT_BUILD" "docker has no image $NAME:$image_tag"
  else
    docker build --platform "${PLATFORM:-linux/arm64}" --file "$ROOT/infra/Dockerfile" --tag "$image" "$ROOT" ||
      stop "$EXIT_BUILD" "the image could not be built"
  fi
  docker push "$image" || stop "$EXIT_BUILD" "the image could not be pushed"
}

check_image() {
  aws ecr describe-images --repository-name "$NAME" --image-ids "imageTag=$image_tag" --query 'imageDetails[0].imageDigest' \
    --output text || stop "$EXIT_BUILD" "$image is not in the repository"
}

# Registers the family's newest revision again, with the image, and the tag that a rollback goes by.
register() {
  local family=$1 previous=$2
  aws ecs describe-task-definition --task-definition "$family" --include TAGS --output json |
    jq --arg image "$image" --arg previous "$previous" '
      .taskDefinition + {tags: ([.tags[]? | select(.key != "previous")] + [{key: "previous", value: $previous}])}
      | .containerDefinitions[].image = $image
      | del(.taskDefinitionArn, .revision, .status, .requiresAttributes, .compatibilities, .registeredAt, .registeredBy,
            .deregisteredAt)' >"$scratch/$family.json"
  aws ecs register-task-definition --cli-input-json "file://$scratch/$family.json" \
    --query taskDefinition.taskDefinitionArn --output text
}

migrate() {
  local definition
  definition=$(register "$NAME-migrate" none)
  run_task "$definition"
}

register_services() {
  local role
  for role in "${SERVICES[@]}"; do wanted[$role]=$(register "$NAME-$role" "${running[$role]}"); done
}

update_services() {
  local role
  for role in "${SERVICES[@]}"; do
    aws ecs update-service --cluster "$CLUSTER" --service "$NAME-$role" --task-definition "${wanted[$role]}" >/dev/null
    say "   $role: ${running[$role]##*/} -> ${wanted[$role]##*/}"
  done
}

wait_until_stable() {
  aws ecs wait services-stable --cluster "$CLUSTER" --services "${SERVICES[@]/#/$NAME-}" || say "   not stable in time"
}

# ECS is stable too after it has rolled back by itself: so what runs is compared with what was asked for.
compare() {
  local role primary failed=()
  describe_services >"$scratch/services.json"
  for role in "${SERVICES[@]}"; do
    primary=$(service "$role" '.deployments[] | select(.status == "PRIMARY") | "\(.taskDefinition) \(.rolloutState)"')
    say "   $role: ${primary##*/}"
    [ "$primary" = "${wanted[$role]} COMPLETED" ] || failed+=("$role")
  done
  [ ${#failed[@]} -eq 0 ] || move_back "${failed[@]}"
}

move_back() {
  local role
  for role in "${SERVICES[@]}"; do
    aws ecs update-service --cluster "$CLUSTER" --service "$NAME-$role" --task-definition "${running[$role]}" >/dev/null
  done
  stop "$EXIT_NOT_STABLE" "$* did not stay on what was deployed; everything is back on what ran before"
}

described() { if $rollback; then say "what ran before"; else say "$image"; fi; }

main "$@"
