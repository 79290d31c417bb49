#!/usr/bin/env bash
# Estimates what an environment costs in a month, part by part, from a plan or a state of Terraform's and prices.tsv.
#
#   estimate-costs.sh staging|production --plan FILE [--factor F]
#
#   --plan FILE  what `terraform show -json` says of a plan or of the state
#   --factor F   what the region costs beside us-east-1; default: the region-factor of prices.tsv
#   --help       this text
#
# Counts what runs by itself: the fewest replicas, all day. Traffic, requests, logs, backups and the model come on top.
# Exit codes: 0 done; 1 a part has no price; 2 wrong arguments; 3 a prerequisite is missing.
set -euo pipefail
# shellcheck source=infra/scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

environment='' plan='' factor=''

main() {
  read_arguments "$@"
  names_of "$environment"
  need jq awk
  local prices
  prices=$(dirname "${BASH_SOURCE[0]}")/prices.tsv
  say "$NAME, a month in USD, without traffic, requests, logs and the model:"
  parts | sort | awk -F'\t' -v factor="$factor" -v name="$NAME" '
    FNR == NR { if ($1 !~ /^#/) price[$1] = $2; next }
    { if (!factor) factor = price["region-factor"]
      if (!($2 in price)) { print "no price for " $2 > "/dev/stderr"; bad = 1; next }
      cost = $3 * price[$2] * ($4 == "hourly" ? price["hours"] : 1) * factor
      printf "  %-34s %8.2f x %-18s %9.2f\n", $1, $3, $2, cost
      sum += cost }
    END { if (!bad) printf "total %40s %22.0f a month\n", "", sum; exit bad }' "$prices" -
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help) help; exit 0 ;;
      --plan | --factor)
        [ $# -ge 2 ] || usage_error "$1 needs a value"
        if [ "$1" = --plan ]; then plan=$2; else factor=$2; fi
        shift ;;
      -*) usage_error "unknown option $1" ;;
      *) [ -z "$environment" ] || usage_error "one environment only, not also '$1'"
         environment=$1 ;;
    esac
    shift
  done
  is_environment "$environment"
  [ -n "$plan" ] || usage_error "which plan: --plan FILE"
  [ -r "$plan" ] || usage_error "$plan cannot be read"
  [[ -z $factor || $factor =~ ^[0-9]+([.][0-9]+)?$ ]] || usage_error "'$factor' is no factor"
}

# name, price, quantity, how it is paid: one line for each part.
parts() {
  jq -r '
    [(.planned_values // .values).root_module | .. | objects | select(.mode? == "managed" and has("values"))] as $all
    | def of($type): $all[] | select(.type == $type) | .values;
      def count($type): [of($type)] | length;
      def task($role): [of("aws_ecs_task_definition") | select(.family | endswith("-" + $role))][0];
      def tasks($role; $number): ["tasks: \($role), CPU", "fargate-arm-vcpu", $number * (task($role).cpu | tonumber) / 1024, "hourly"],
        ["tasks: \($role), memory", "fargate-arm-gb", $number * (task($role).memory | tonumber) / 1024, "hourly"];
    tasks("chat"; of("aws_appautoscaling_target").min_capacity), tasks("collector"; 1),
    ["NAT gateways", "nat-gateway", count("aws_nat_gateway"), "hourly"],
    ["public addresses", "public-address", count("aws_eip") + count("aws_subnet") / 3, "hourly"],
    ["load balancer", "load-balancer", count("aws_lb"), "hourly"],
    (of("aws_db_instance") | (if .multi_az then 2 else 1 end) as $zones |
      ["database", .instance_class, $zones, "hourly"], ["database: disk in GB", "database-gb", $zones * .allocated_storage, "monthly"]),
    (of("aws_elasticache_replication_group") | ["Redis", .node_type, .num_cache_clusters, "hourly"]),
    ["keys", "key", count("aws_kms_key"), "monthly"],
    ["secrets", "secret", count("aws_secretsmanager_secret") + 1, "monthly"],
    ["alarms", "alarm", count("aws_cloudwatch_metric_alarm"), "monthly"],
    ["dashboard", "dashboard", count("aws_cloudwatch_dashboard"), "monthly"]
    | @tsv' "$plan"
}

main "$@"
