data "aws_caller_identity" "current" {}
data "aws_region" "current" {}

locals {
  region    = data.aws_region.current.name
  namespace = "OhMyCoins"
  roles     = toset(["chat", "collector", "migrate"])
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = local.roles

  name              = "/${var.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

# ECS would make this itself, without a key and kept for ever.
resource "aws_cloudwatch_log_group" "insights" {
  name              = "/aws/ecs/containerinsights/${var.name}/performance"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = var.kms_key_arn
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "CloudWatchPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "email" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  chat      = { ClusterName = var.name, ServiceName = "${var.name}-chat" }
  collector = { ClusterName = var.name, ServiceName = "${var.name}-collector" }
  balancer  = { LoadBalancer = var.alb_arn_suffix }
  target    = { LoadBalancer = var.alb_arn_suffix, TargetGroup = var.target_group_arn_suffix }
  database  = { DBInstanceIdentifier = var.database_identifier }
  program   = { Environment = var.name }

  # name: namespace, metric, dimensions, statistic, comparison, threshold, period, datapoints, of, missing data, description
  alarms = merge(
    {
      chat-cpu           = ["AWS/ECS", "CPUUtilization", local.chat, "Average", ">", 80, 60, 5, 5, "breaching", "Chat tasks use more than 80 % of their CPU"]
      chat-memory        = ["AWS/ECS", "MemoryUtilization", local.chat, "Average", ">", 80, 60, 5, 5, "breaching", "Chat tasks use more than 80 % of their memory"]
      collector-cpu      = ["AWS/ECS", "CPUUtilization", local.collector, "Average", ">", 80, 60, 5, 5, "breaching", "The collector uses more than 80 % of its CPU"]
      collector-memory   = ["AWS/ECS", "MemoryUtilization", local.collector, "Average", ">", 80, 60, 5, 5, "breaching", "The collector uses more than 80 % of its memory"]
      failed-checks      = ["AWS/ApplicationELB", "UnHealthyHostCount", local.target, "Maximum", ">", 0, 60, 2, 5, "breaching", "More than 3 health checks failed in 5 minutes: 3 in a row make a replica unhealthy, and it was so in 2 of 5 minutes"]
      unhealthy-tasks    = ["AWS/ApplicationELB", "HealthyHostCount", local.target, "Minimum", "<", var.chat_min, 60, 5, 5, "breaching", "Fewer healthy chat replicas than should be"]
      missing-chat       = ["ECS/ContainerInsights", "RunningTaskCount", local.chat, "Minimum", "<", var.chat_min, 60, 5, 5, "breaching", "Fewer chat replicas run than should"]
      missing-collector  = ["ECS/ContainerInsights", "RunningTaskCount", local.collector, "Minimum", "<", 1, 60, 5, 5, "breaching", "No collector runs"]
      slow-answers       = ["AWS/ApplicationELB", "TargetResponseTime", local.balancer, "p95", ">", 3, 300, 3, 3, "notBreaching", "95 % of the requests take up to more than 3 s"]
      database-cpu       = ["AWS/RDS", "CPUUtilization", local.database, "Average", ">", 80, 300, 3, 3, "breaching", "The database uses more than 80 % of its CPU"]
      database-connected = ["AWS/RDS", "DatabaseConnections", local.database, "Maximum", ">", var.database_max_connections, 60, 5, 5, "breaching", "Too many connections to the database"]
      database-disk      = ["AWS/RDS", "FreeStorageSpace", local.database, "Minimum", "<", var.database_min_free_gb * 1024 * 1024 * 1024, 300, 1, 1, "breaching", "The database runs out of disk"]
      no-collection      = [local.namespace, "SuccessfulCollections", local.program, "Sum", "<", 1, 900, 1, 1, "breaching", "No source was collected in 15 minutes"]
      stale-sources      = [local.namespace, "StaleSources", local.program, "Maximum", ">", 0, 300, 6, 6, "notBreaching", "A source has been stale for half an hour"]
      failed-runs        = [local.namespace, "FailedRuns", local.program, "Sum", ">", 5, 300, 2, 2, "notBreaching", "Runs fail"]
      daily-model-cost   = [local.namespace, "ModelCostUsd", local.program, "Sum", ">", var.daily_cost_usd, 86400, 1, 1, "notBreaching", "The model cost more than planned in a day"]
    },
    { for id in var.cache_ids : "cache-evictions-${id}" => ["AWS/ElastiCache", "Evictions", { CacheClusterId = id }, "Sum", ">", 0, 300, 1, 1, "notBreaching", "Redis throws data away"] },
    { for id in var.cache_ids : "cache-cpu-${id}" => ["AWS/ElastiCache", "EngineCPUUtilization", { CacheClusterId = id }, "Average", ">", 80, 300, 3, 3, "breaching", "Redis uses more than 80 % of its CPU"] },
    { for id in var.cache_ids : "cache-hit-rate-${id}" => ["AWS/ElastiCache", "CacheHitRate", { CacheClusterId = id }, "Average", "<", 50, 900, 4, 4, "notBreaching", "Fewer than half of the Redis reads hit"] },
  )
  comparisons = {
    ">" = "GreaterThanThreshold"
    "<" = "LessThanThreshold"
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value[10]}. See docs/operations.md, alarm ${replace(each.key, "/-${var.name}.*/", "")}."
  namespace           = each.value[0]
  metric_name         = each.value[1]
  dimensions          = each.value[2]
  statistic           = startswith(each.value[3], "p") ? null : each.value[3]
  extended_statistic  = startswith(each.value[3], "p") ? each.value[3] : null
  comparison_operator = local.comparisons[each.value[4]]
  threshold           = each.value[5]
  period              = each.value[6]
  datapoints_to_alarm = each.value[7]
  evaluation_periods  = each.value[8]
  treat_missing_data  = each.value[9]
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "error_rate" {
  alarm_name          = "${var.name}-5xx-rate"
  alarm_description   = "More than 5 % of the requests fail. See docs/operations.md, alarm 5xx-rate."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 5
  evaluation_periods  = 5
  datapoints_to_alarm = 3
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "rate"
    label       = "5xx share in %"
    expression  = "100 * (target + balancer) / IF(requests > 0, requests, 1)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { target = "HTTPCode_Target_5XX_Count", balancer = "HTTPCode_ELB_5XX_Count", requests = "RequestCount" }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        dimensions  = local.balancer
        period      = 60
        stat        = "Sum"
      }
    }
  }
}

locals {
  widgets = [
    ["Tasks: CPU and memory (%)", "Average", [
      ["AWS/ECS", "CPUUtilization", "ClusterName", var.name, "ServiceName", "${var.name}-chat"],
      ["AWS/ECS", "MemoryUtilization", "ClusterName", var.name, "ServiceName", "${var.name}-chat"],
      ["AWS/ECS", "CPUUtilization", "ClusterName", var.name, "ServiceName", "${var.name}-collector"],
      ["AWS/ECS", "MemoryUtilization", "ClusterName", var.name, "ServiceName", "${var.name}-collector"],
    ]],
    ["Tasks running", "Minimum", [
      ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.name, "ServiceName", "${var.name}-chat"],
      ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", var.name, "ServiceName", "${var.name}-collector"],
    ]],
    ["Load balancer: latency (s)", "p50", [
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.alb_arn_suffix, { stat = "p50" }],
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.alb_arn_suffix, { stat = "p95" }],
      ["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.alb_arn_suffix, { stat = "p99" }],
    ]],
    ["Load balancer: answers by code", "Sum", [
      for code in ["2XX", "3XX", "4XX", "5XX"] : ["AWS/ApplicationELB", "HTTPCode_Target_${code}_Count", "LoadBalancer", var.alb_arn_suffix]
    ]],
    ["Database: connections and CPU", "Average", [
      ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database_identifier],
      ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_identifier],
    ]],
    ["Database: free disk and latency", "Average", [
      ["AWS/RDS", "FreeStorageSpace", "DBInstanceIdentifier", var.database_identifier],
      ["AWS/RDS", "ReadLatency", "DBInstanceIdentifier", var.database_identifier, { yAxis = "right" }],
      ["AWS/RDS", "WriteLatency", "DBInstanceIdentifier", var.database_identifier, { yAxis = "right" }],
    ]],
    ["Redis: hit rate, evictions, CPU", "Average", concat(
      [for id in var.cache_ids : ["AWS/ElastiCache", "CacheHitRate", "CacheClusterId", id]],
      [for id in var.cache_ids : ["AWS/ElastiCache", "Evictions", "CacheClusterId", id]],
      [for id in var.cache_ids : ["AWS/ElastiCache", "EngineCPUUtilization", "CacheClusterId", id]],
    )],
    ["Answers: time to first token and to the end (s)", "p95", [
      [local.namespace, "FirstTokenSeconds", "Environment", var.name],
      [local.namespace, "AnswerSeconds", "Environment", var.name],
    ]],
    ["Runs: active and failed", "Sum", [
      [local.namespace, "ActiveRuns", "Environment", var.name, { stat = "Maximum" }],
      [local.namespace, "FailedRuns", "Environment", var.name],
    ]],
    ["Collection: successful, rejects, stale sources", "Sum", [
      [local.namespace, "SuccessfulCollections", "Environment", var.name],
      [local.namespace, "RejectedItems", "Environment", var.name],
      [local.namespace, "StaleSources", "Environment", var.name, { stat = "Maximum" }],
    ]],
    ["Model cost (USD)", "Sum", [
      [local.namespace, "ModelCostUsd", "Environment", var.name],
    ]],
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [
      for index, widget in local.widgets : {
        type   = "metric"
        x      = (index % 2) * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title   = widget[0]
          stat    = widget[1]
          metrics = widget[2]
          region  = local.region
          period  = 60
          view    = "timeSeries"
        }
      }
    ]
  })
}
